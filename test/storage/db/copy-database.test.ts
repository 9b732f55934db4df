// Goal: a shop moves from one file to many processes and loses nothing, however often the move is ended. Method: a real server fills a
// SQLite; a copying process kills itself before one statement after the other; what both stores then tell is compared, and a server
// works on.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { checkDatabase } from "../../../src/storage/check-database.ts";
import { COPIED_TABLES } from "../../../src/storage/copy/copied-tables.ts";
import { type CopyOptions, copyDatabase, planCopy } from "../../../src/storage/copy/copy-database.ts";
import { openPostgresStore } from "../../../src/storage/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { verifyAudit } from "../../../src/storage/verify-audit.ts";
import { startTestDojang } from "../../support/dojang.ts";
import { TEST_DATA_KEY } from "../../support/engine.ts";
import { EVENT_KEYS } from "../../support/open-event-world.ts";
import { runSql } from "../../support/postgres/start-postgres.ts";
import { asRole, dropDatabase, makeDatabase } from "../../support/postgres/test-databases.ts";
import { openRichDatabase, type RichDatabase, settingsOf } from "../../support/rich-database.ts";
import { until } from "../../support/until.ts";
import { standingClock } from "../contract/samples.ts";
import { sqliteOriginal } from "./damage.ts";
import { readAll } from "./read-all.ts";

const PROCESS = fileURLToPath(new URL("./copy-process.ts", import.meta.url));
const source = sqliteOriginal();
const path = source.url.slice("sqlite:".length);
const clock = standingClock();
let rich: RichDatabase;
let told: Awaited<ReturnType<typeof readAll>>;
const targets: string[] = [];

const openSource = () => openSqliteStore({ path, clock, dataKey: TEST_DATA_KEY });
const openTarget = (url: string) => openPostgresStore({ url, clock, dataKey: TEST_DATA_KEY, poolSize: 2 });

async function freshTarget(): Promise<string> {
  const url = await makeDatabase();
  targets.push(url);
  return url;
}

function copy(to: string, options: Partial<CopyOptions> = {}) {
  return copyDatabase({ from: path, to, now: clock.now, onProgress() {}, ...options });
}

before(async () => {
  rich = await openRichDatabase(source.url);
  await rich.world.dojang.close();
  await using store = await openSource();
  told = await readAll(store, Object.values(rich.orders));
});
after(async () => {
  await rich[Symbol.asyncDispose]();
  for (const url of targets) await dropDatabase(url);
  await source.remove();
});

/** At which statement each process ends: in every kind of transaction, between its two halves, and with its answer under way. */
const KILLS: readonly (readonly [text: string, nth: string, when: "before" | "after"])[] = [
  ["INSERT INTO copied_tables", "1", "after"],
  ["INSERT INTO payments", "1", "before"],
  ["INSERT INTO payments", "1", "after"],
  ["INSERT INTO orders", "2", "before"],
  ["DISABLE TRIGGER", "1", "after"],
  ["INSERT INTO audit", "2", "before"],
  ["FROM tasks WHERE", "3", "before"],
  ["setval", "1", "before"],
];

function copyInProcess(to: string, ...kill: readonly string[]) {
  return spawnSync(process.execPath, [PROCESS, path, to, ...kill], { encoding: "utf8" });
}

async function expectSame(to: string): Promise<void> {
  await using store = await openTarget(to);
  assert.deepEqual(await readAll(store, Object.values(rich.orders)), told);
}

describe("copyDatabase()", () => {
  test("copyDatabase() goes on after kill -9 before any statement, and no store opens it before the end", async () => {
    const to = await freshTarget();
    for (const kill of KILLS) {
      const { signal, stderr } = copyInProcess(to, ...kill);
      assert.equal(signal, "SIGKILL", `${kill.join(" ")}: ${stderr}`);
      if (kill !== KILLS[0])
        await assert.rejects(openTarget(to), {
          code: "storage_unavailable",
          message: /: the copy into it is not complete; run dojang db copy again$/,
        });
    }
    const { findings } = (await check(to)) ?? {};
    assert.equal(findings?.[0]?.name, "copy_complete");
    const { status, stderr } = copyInProcess(to);
    assert.equal(status, 0, stderr);
    await expectSame(to);
    assert.deepEqual(await copy(to), {
      kind: "was_complete",
      rows: (await planCopy({ from: path, to })).rows,
    });
  });

  test("copyDatabase() leaves a database in which every check holds and a server goes on", async () => {
    const to = await freshTarget();
    const shares: number[] = [];
    const { kind, rows } = await copy(to, { onProgress: (share) => shares.push(share) });
    assert.equal(kind, "copied");
    assert.equal(rows.get("orders"), 8);
    assert.deepEqual(
      shares,
      [...shares].sort((one, other) => one - other),
    );
    assert.equal(shares.at(-1), 1);
    const noted = await runSql<{ name: string; rows: number }>(
      to,
      "SELECT name, rows::int AS rows FROM copied_tables WHERE length(checksum) = 32",
    );
    assert.deepEqual(new Map(noted.map((table) => [table.name, table.rows])), new Map(rows));
    assert.deepEqual((await check(to))?.findings, []);
    const audit = await verifyAudit({ kind: "postgres", url: to }, { onFault() {}, onProgress() {} });
    assert.deepEqual([audit?.faults, audit?.rows, audit?.checkpoints], [0, rows.get("audit"), 1]);

    const { world, orders } = rich;
    await using dojang = await startTestDojang({
      emulator: world.emulator,
      clock: world.clock,
      env: {
        ...settingsOf(to),
        DOJANG_EVENTS_URL: world.shop.url,
        DOJANG_EVENTS_SECRET: EVENT_KEYS.map((key) => `whsec_${key.toString("base64")}`).join(" "),
      },
    });
    const { store } = dojang.dojang.deps;
    const refund = await dojang.request("POST", `/v1/orders/${orders.paid}/refunds`, {
      body: { amount: "all", reason: "it came broken" },
      headers: { "idempotency-key": "after-the-move" },
    });
    assert.equal(refund.status, 202, refund.text);
    const next = await dojang.order();
    const impUid = world.pay(next.body.merchant_uid);
    await dojang.webhook({ imp_uid: impUid, merchant_uid: next.body.merchant_uid, status: "paid" });
    for (const status of ["refunded", "paid"]) {
      const order = status === "refunded" ? orders.paid : next.body.merchant_uid;
      await until(`${order} is ${status}`, async () => {
        world.clock.advance(0);
        return (await dojang.read(order)).body.status === status;
      });
    }
    const [newest, ...older] = await store.readHints(100);
    assert.ok(
      newest !== undefined && older.every(({ id }) => id < newest.id),
      "a webhook has a number of its own",
    );
    assert.equal(older.length, told.hints.length);
    await dojang.close();
    assert.deepEqual((await check(to))?.findings, []);
  });

  test("copyDatabase() copies refunds that are more than their payment, since one was done after all", async () => {
    const late = sqliteOriginal();
    const from = late.url.slice("sqlite:".length);
    await (await openSqliteStore({ path: from, clock, dataKey: TEST_DATA_KEY })).close();
    const db = new Database(from);
    const columns =
      "merchant_uid, refund_id, imp_uid, sends, refund_private, amount_minor, currency, retains_promotion, fingerprint, actor, requested_at";
    const row = (id: string) => `'o', '${id}', 'i', 1, x'00', 50000, 'KRW', 0, 'f', 'a', 1`;
    db.exec(`INSERT INTO aggregates (merchant_uid, version, attempt_count) VALUES ('o', 1, 0);
      INSERT INTO payments (merchant_uid, imp_uid, verdict, status, status_text, amount_text, amount_minor, cancelled_text,
        currency, cancel_count, fetch_started_at, fetch_ended_at, faults, clauses, payment_private)
      VALUES ('o', 'i', 'applied', 'paid', 'paid', '50000', 50000, '0', 'KRW', 0, 1, 1, '[]', '[]', x'00');
      INSERT INTO refunds (${columns}, state, finished_at, failure_code) VALUES (${row("r1")}, 'failed', 1, 'x');
      INSERT INTO refunds (${columns}, state) VALUES (${row("r2")}, 'unknown');
      UPDATE refunds SET state = 'succeeded', failure_code = NULL WHERE refund_id = 'r1'`);
    db.close();
    const to = await freshTarget();
    assert.equal((await copyDatabase({ from, to, now: clock.now, onProgress() {} })).rows.get("refunds"), 2);
    assert.deepEqual(
      (await check(to, undefined))?.findings.filter(({ name }) => name === "guards_in_force"),
      [],
    );
    await late.remove();
  });
});

describe("copyDatabase() refuses", () => {
  test("a source that a server owns, and one that is not there", async () => {
    const to = await freshTarget();
    {
      await using _owner = await openSource();
      await assert.rejects(copy(to), { code: "storage_unavailable", message: /held by another process/ });
      assert.equal((await planCopy({ from: path, to })).target.kind, "empty");
    }
    await assert.rejects(copy(to, { from: `${path}.none` }), /there is no database/);
  });

  test("a target with rows of its own", async () => {
    const to = await freshTarget();
    await (await openTarget(to)).close();
    await assert.rejects(
      copy(to),
      /the target has rows already \(seal_keys\), and a copy needs an empty database/,
    );
  });

  test("to go on from a source that changed, or from another one", async () => {
    const to = await freshTarget();
    const { signal } = copyInProcess(to, "INSERT INTO orders", "1", "before");
    assert.equal(signal, "SIGKILL");
    await using changed = await source.copy();
    const db = new Database(changed.url.slice("sqlite:".length));
    db.exec("UPDATE cursors SET value = 'later' WHERE name = 'sweep'");
    db.close();
    const from = changed.url.slice("sqlite:".length);
    await assert.rejects(
      copy(to, { from }),
      /the target holds a copy of another database, or this one has changed since/,
    );
    const plan = await planCopy({ from, to });
    assert.deepEqual([plan.target.kind, plan.isOfSource], ["begun", false]);
    assert.deepEqual((await copy(to)).kind, "copied");
  });

  for (const table of ["orders", "audit"]) {
    test(`to complete a copy whose ${table} are not the same`, async () => {
      const to = await freshTarget();
      const columns = {
        orders: "name",
        payments: "status_text",
        audit: "actor",
        tasks: "payload",
        cursors: "value",
      };
      const column = columns[table as keyof typeof columns];
      await copy(to);
      // As if it were not complete yet, and something had gone wrong on the way.
      await runSql(
        asRole(to, "postgres"),
        `SET session_replication_role = replica; UPDATE copies SET completed_at = NULL;
         UPDATE ${table} SET ${column} = ${column} || 'x'`,
      );
      await assert.rejects(copy(to), new RegExp(`${table} is not the same on both sides, from the row \\[`));
      await assert.rejects(openTarget(to), { code: "storage_unavailable" });
    });
  }

  test("a key that would stand elsewhere in the order, by its place; any other text goes over", async () => {
    await using odd = await source.copy();
    const from = odd.url.slice("sqlite:".length);
    await odd.run("UPDATE tasks SET last_error = 'a' || char(0) || 'b'");
    const to = await freshTarget();
    await copy(to, { from });
    await using store = await openTarget(to);
    assert.equal((await store.readTasks({ limit: 1 }))[0]?.lastError, "a\0b");

    await odd.run("UPDATE tasks SET key = key || char(0)");
    await assert.rejects(
      copy(await freshTarget(), { from }),
      /tasks\.key beside ".+" holds a character that would stand elsewhere/,
    );
  });
});

describe("the tables of a copy", () => {
  test("are all tables of both engines but those of one alone", async () => {
    const copied = COPIED_TABLES.map(({ name }) => name);
    const db = new Database(path, { readonly: true });
    const sqlite = db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .pluck()
      .all();
    db.close();
    const to = await freshTarget();
    const postgres = await runSql<{ name: string }>(
      to,
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
    );
    assert.deepEqual(new Set(sqlite), new Set([...copied, "migrations"]));
    assert.deepEqual(
      new Set(postgres.map(({ name }) => name)),
      new Set([...copied, "migrations", "audit_counter", "copies", "copied_tables"]),
    );
  });
});

function check(url: string, dataKey: Uint8Array | undefined = TEST_DATA_KEY) {
  return checkDatabase({ kind: "postgres", url }, { dataKey, onFinding() {}, onProgress() {} });
}
