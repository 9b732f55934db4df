// Goal: the schema changes by one command of its owner alone, and the servers' role can do what servers do and nothing else. Method: the
// real server under that role through every kind of write; then what it must not do, statement by statement.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { migrateDatabase } from "../../src/storage/migrate-database.ts";
import { openPostgresStore } from "../../src/storage/postgres/open-postgres-store.ts";
import { createMigration, readMigrations } from "../../src/storage/read-migrations.ts";
import { signedIn } from "../support/console.ts";
import { startTestDojang } from "../support/dojang.ts";
import { TEST_DATA_KEY } from "../support/engine.ts";
import { LEAST_ROLE, runSql } from "../support/postgres/start-postgres.ts";
import { askAdmin, asRole, dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";

const STEPS = readMigrations("postgres").map(({ name, version }) => `000${version}-${name}`);
let url: string;
let least: string;
let emulator: Emulator;
before(async () => {
  emulator = await startEmulator();
  url = await makeDatabase();
  least = asRole(url, LEAST_ROLE);
});
after(async () => {
  await emulator.close();
  await dropDatabase(url);
});

const migrate = (target: string, grantTo?: string, isDryRun = false) =>
  migrateDatabase(
    { kind: "postgres", url: target },
    { now: 1, isDryRun, ...(grantTo === undefined ? {} : { grantTo }) },
  );
const open = (target: string) =>
  openPostgresStore({ url: target, clock: systemClock, dataKey: TEST_DATA_KEY });
const refused = (target: string, message: RegExp) =>
  assert.rejects(open(target), { code: "storage_unavailable", message });

describe("migrateDatabase() on PostgreSQL", () => {
  test("makes the schema once, however many make it at the same time, and a dry run makes nothing", async () => {
    const empty = await makeDatabase();
    await runSql(empty, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    assert.deepEqual((await migrate(empty, undefined, true)).steps, STEPS);
    assert.deepEqual(await runSql(empty, "SELECT 1 FROM pg_class WHERE relname = 'orders'"), []);
    await refused(
      asRole(empty, LEAST_ROLE),
      /dojang_least sees no schema of Dojang .* dojang migrate --grant-to dojang_least/,
    );
    const made = await Promise.all([1, 2, 3].map(() => migrate(empty)));
    assert.deepEqual(
      // Each step is made by one of them, whichever.
      made.flatMap(({ steps }) => steps).toSorted(),
      STEPS,
    );
    assert.deepEqual((await migrate(empty)).steps, []);
    await dropDatabase(empty);
  });

  test("names the step that is missing to a server whose role may not make it", async () => {
    const behind = await makeDatabase();
    await migrate(behind, LEAST_ROLE);
    const next = createMigration({
      version: STEPS.length + 1,
      name: "next",
      sql: "CREATE TABLE next (n INT)",
    });
    const opening = openPostgresStore({
      url: asRole(behind, LEAST_ROLE),
      clock: systemClock,
      dataKey: TEST_DATA_KEY,
      migrations: [...readMigrations("postgres"), next],
    });
    await assert.rejects(opening, { message: /its schema lacks 000\d-next: run dojang migrate/ });
    await dropDatabase(behind);
  });

  test("refuses a schema that holds another program's tables, and a role that is not there", async () => {
    const strange = await makeDatabase();
    await runSql(strange, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE theirs (n INT)");
    await assert.rejects(migrate(strange), {
      code: "storage_unavailable",
      message: /tables that are not Dojang's/,
    });
    await dropDatabase(strange);
    await assert.rejects(migrate(url, "nobody'; DROP"), {
      name: "ConfigError",
      message: `Set --grant-to to a role that exists: saw "nobody'; DROP"`,
    });
  });

  test("knows no roles on SQLite", async () => {
    await assert.rejects(
      migrateDatabase({ kind: "sqlite", path: "never.db" }, { now: 1, isDryRun: true, grantTo: "x" }),
      { name: "ConfigError", message: /^Leave out --grant-to/ },
    );
  });

  test("tells of a role that may do more than a server needs", async () => {
    const [owner] = await askAdmin<{ name: string }>("SELECT current_user AS name");
    assert.match(String((await migrate(url, owner?.name, true)).warnings), /is a superuser/);
    assert.match(String((await migrate(url, "dojang", true)).warnings), /dojang owns the tables/);
    const loose = await makeDatabase();
    await runSql(
      loose,
      `DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT CREATE ON SCHEMA public TO PUBLIC`,
    );
    assert.match(
      String((await migrate(loose, LEAST_ROLE)).warnings),
      /REVOKE CREATE ON SCHEMA public FROM PUBLIC/,
    );
    await dropDatabase(loose);
  });
});

describe("The role that dojang migrate --grant-to lets in", () => {
  test("is refused before, with the command that lets it in", async () => {
    await refused(least, /dojang_least may not read its tables: run dojang migrate --grant-to dojang_least/);
    const would = await migrate(url, LEAST_ROLE, true);
    await refused(least, /may not read its tables/);
    const { grants, warnings } = await migrate(url, LEAST_ROLE);
    assert.deepEqual([grants, warnings], [would.grants, []]);
    assert.ok(
      grants.includes(`GRANT SELECT, INSERT, UPDATE ON TABLE orders TO ${LEAST_ROLE}`),
      String(grants),
    );
    assert.ok(grants.includes(`GRANT SELECT, INSERT ON TABLE audit TO ${LEAST_ROLE}`));
    assert.deepEqual(
      grants.filter((grant) => /DELETE|TRUNCATE|ALL/.test(grant)),
      ["console_sessions", "sign_in_tries"].map(
        (table) => `GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE ${table} TO ${LEAST_ROLE}`,
      ),
    );
    assert.deepEqual((await migrate(url, LEAST_ROLE)).grants, [], "made again it finds nothing to do");
  });

  test("is enough for a server: register, webhook, complete, sweep, refund, resolve, checkpoint", async () => {
    emulator.webhooks.auto = false;
    await using dojang = await startTestDojang({ emulator, env: { DATABASE_URL: least }, sweeps: true });
    const { store } = dojang.dojang.deps;
    const pay = async (merchant_uid: string) =>
      emulator.pay({ merchant_uid, amount: 50_000, sandbox: true }).imp_uid;
    const [told, completed] = [(await dojang.order()).body, (await dojang.order()).body].map(
      ({ merchant_uid }) => merchant_uid,
    ) as [string, string];
    await dojang.webhook({ imp_uid: await pay(told), merchant_uid: told });
    const isPaid = async (id: string) => (await dojang.read(id)).body.status === "paid";
    await until("the webhook's order is paid", () => isPaid(told));
    const answer = await dojang.complete({ imp_uid: await pay(completed), merchant_uid: completed });
    assert.equal(answer.body.status, "success");
    const back = await dojang.request("POST", `/v1/orders/${completed}/refunds`, {
      body: { amount: "all", reason: "the buyer sent it back" },
      headers: { "idempotency-key": "least-1" },
    });
    assert.equal(back.status, 202, back.text);
    await until("it is refunded", async () => (await dojang.read(completed)).body.status === "refunded");
    // A second payment of a paid order is a discrepancy, which an operator ends.
    await dojang.complete({ imp_uid: await pay(told), merchant_uid: told });
    const [surplus] = (await dojang.read(told)).body.discrepancies;
    const resolved = await dojang.request("POST", `/v1/discrepancies/${surplus.id}/resolve`, {
      body: { action: "refund", reason: "paid twice" },
    });
    assert.equal(resolved.status, 200, resolved.text);
    await until("the surplus went back", async () =>
      (await dojang.read(told)).body.refunds?.some(({ state }: { state: string }) => state === "succeeded"),
    );
    assert.ok((await store.addCheckpoint()) !== undefined);
    await dojang.request("POST", "/v1/tasks/look:none/retry", { body: {} });
    assert.deepEqual(dojang.fatal, []);
    assert.deepEqual(
      dojang.logLines.filter((line) => /permission|internal_error|task_threw/.test(line)),
      [],
    );
  });

  test("is enough for the console: sign in, change who may, sign out", async () => {
    await using dojang = await startTestDojang({ emulator, env: { DATABASE_URL: least } });
    const admin = await signedIn(dojang, "admin");
    const other = await signedIn(dojang, "operator");
    assert.equal((await admin.ask("POST", "/operators/operator", { body: { role: "viewer" } })).status, 204);
    assert.equal((await other.ask("GET", "/session")).status, 401, "its sessions ended");
    assert.equal((await admin.ask("POST", "/session/end")).status, 204);
    assert.equal((await admin.ask("GET", "/session")).status, 401);
  });

  for (const statement of [
    "CREATE TABLE mine (n INT)",
    "CREATE SCHEMA mine",
    "DROP TABLE orders",
    "ALTER TABLE orders ADD COLUMN mine INT",
    "DROP TRIGGER audit_is_fixed ON audit",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "CREATE OR REPLACE FUNCTION dojang_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "TRUNCATE hints",
    "DELETE FROM tasks",
    "DELETE FROM cursors",
    "UPDATE audit SET actor = 'nobody'",
    "UPDATE events SET data = '{}'",
    "UPDATE hints SET source_address = ''",
    "UPDATE migrations SET checksum = ''",
    "INSERT INTO migrations VALUES (99, 'x', 'x', 1)",
    "SELECT setval('hint_blocks', 1)",
  ]) {
    test(`cannot ${statement}`, async () => {
      await assert.rejects(runSql(least, statement), { code: "42501" });
    });
  }
});
