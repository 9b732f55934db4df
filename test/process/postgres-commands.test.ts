// Goal: every command works on a PostgreSQL, beside the servers and workers that use it. Method: real processes under a role that owns
// nothing, on a schema that `dojang migrate` made as its owner.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import { LEAST_ROLE, runSql } from "../support/postgres/start-postgres.ts";
import { asRole, dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";
import { API_KEY, type RunningServer, runDojang, startServer } from "./server-process.ts";

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "dojang-commands-"));
let owner: string;
let emulator: Emulator;
/** Its payments were made an hour ago: a past time can be reconciled with it. */
let late: Emulator;
let serve: RunningServer;
let worker: RunningServer;

const env = () => ({
  DATABASE_URL: asRole(owner, LEAST_ROLE),
  DOJANG_DATA_KEY: Buffer.alloc(32, 6).toString("base64"),
  DOJANG_API_KEY: API_KEY,
  IMP_API_URL: emulator.url,
  IMP_KEY: emulator.impKey,
  IMP_SECRET: emulator.impSecret,
});

async function run(args: readonly string[], settings: Record<string, string> = {}) {
  const command = runDojang(args, { ...env(), ...settings });
  const code = await command.ended;
  assert.ok(!command.output.stdout.includes(new URL(owner).password));
  assert.ok(!command.output.stderr.includes(new URL(owner).password));
  return { code, ...command.output };
}

before(async () => {
  [emulator, late] = await Promise.all([startEmulator(), startEmulator({ now: () => Date.now() - HOUR_MS })]);
  for (const one of [emulator, late]) one.webhooks.auto = false;
  owner = await makeDatabase();
  await runSql(owner, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
});
after(async () => {
  await Promise.all([serve, worker].map((one) => one?.kill("SIGKILL")));
  await dropDatabase(owner);
  await Promise.all([emulator, late].map((one) => one.close()));
  rmSync(folder, { recursive: true, force: true });
});

describe("dojang migrate", () => {
  test("says what it would make, makes it, and finds nothing to do then", async () => {
    const early = await run(["serve"]);
    assert.equal(early.code, 1);
    assert.match(
      early.stderr,
      /^dojang: Cannot open the database .*: run dojang migrate --grant-to dojang_least as its owner\n$/,
    );
    const settings = { DATABASE_URL: owner };
    const dry = await run(["migrate", "--grant-to", LEAST_ROLE, "--dry-run"], settings);
    assert.deepEqual([dry.code, dry.stderr], [0, ""]);
    assert.match(dry.stdout, /^would make 0001-store\n/);
    const made = await run(["migrate", "--grant-to", LEAST_ROLE], settings);
    assert.deepEqual([made.code, made.stderr], [0, ""]);
    assert.match(made.stdout, /^made 0001-store\n/);
    assert.match(made.stdout, /^ran GRANT SELECT, INSERT, UPDATE ON TABLE orders TO dojang_least$/m);
    const again = await run(["migrate", "--grant-to", LEAST_ROLE], settings);
    assert.match(
      again.stdout,
      /^postgres:\/\/dojang@127\.0\.0\.1:\d+\/test_\w+ is up to date: nothing to do\n$/,
    );
  });

  test("brings a SQLite file up to date, unless a server owns it", async () => {
    const path = join(folder, "dojang.db");
    const settings = { DATABASE_URL: `sqlite:${path}` };
    assert.match((await run(["migrate"], settings)).stdout, /^made 0001-/);
    await using _owner = await openSqliteStore({ path, clock: systemClock, dataKey: Buffer.alloc(32, 6) });
    const held = await run(["migrate"], settings);
    assert.equal(held.code, 1);
    assert.match(held.stderr, /^dojang: Cannot open the database .*: it is held by another process/);
  });
});

describe("On a PostgreSQL with a server and a worker", () => {
  before(async () => {
    [serve, worker] = await Promise.all([startServer(env(), "serve"), startServer(env(), "worker")]);
  });

  test("both say that they are ready, and the worker answers nothing else", async () => {
    const ask = async ({ url }: RunningServer, path: string) => (await fetch(url + path)).status;
    for (const path of ["/healthz", "/readyz"])
      assert.deepEqual([await ask(serve, path), await ask(worker, path)], [200, 200], path);
    assert.deepEqual([await ask(serve, "/v1/orders"), await ask(worker, "/v1/orders")], [401, 404]);
  });

  test("dojang doctor looks beside them", async () => {
    await serve.post("/webhooks/iamport", { imp_uid: "imp_1" });
    const [{ code, stdout }, away] = await Promise.all([
      run(["doctor"]),
      run(["doctor"], { DATABASE_URL: "postgres://dojang:secret@127.0.0.1:9/none" }),
    ]);
    assert.equal(code, 0, stdout);
    assert.match(
      stdout,
      /^ok {4}database {7}durable \(synchronous_commit on\), used by \d+ connections of servers$/m,
    );
    assert.match(stdout, /^ok {4}last webhook {3}\d+ s ago$/m);
    assert.equal(away.code, 1);
    assert.match(away.stdout, /^FAIL {2}database {7}.*ECONNREFUSED.*$/m);
    assert.ok(!away.stdout.includes("secret"));
  });

  test("dojang reconcile decides what differs", async () => {
    const { body } = await serve.post("/v1/orders", { name: "감귤", amount: 50_000 });
    const merchant_uid = String(body["merchant_uid"]);
    late.pay({ merchant_uid, amount: 50_000, sandbox: true });
    const at = (ms: number) => new Date(Date.now() - ms).toISOString();
    const args = ["reconcile", "--from", at(2 * HOUR_MS), "--to", at(HOUR_MS / 2)];
    const settings = { IMP_API_URL: late.url, IMP_KEY: late.impKey, IMP_SECRET: late.impSecret };
    const real = await run(args, settings);
    assert.equal(real.code, 0, real.stderr);
    assert.match(real.stdout, new RegExp(`^${merchant_uid} imp_\\w+: pending -> paid$`, "m"));
    assert.equal((await serve.read(merchant_uid)).status, "paid");
  });

  test("dojang audit verify reads beside them, and finds what was changed", async () => {
    // Retried by an operator: two rows of the audit.
    for (let n = 0; n < 2; n += 1) {
      const { body } = await serve.post("/v1/orders", { name: "감귤", amount: 1000 });
      await until("its look waits", async () => {
        const { status } = await serve.post(`/v1/tasks/look:${body["merchant_uid"]}/retry`, {});
        return status < 300;
      });
    }
    const well = await run(["audit", "verify"]);
    assert.equal(well.code, 0, well.stdout);
    assert.match(well.stdout, /\nEvery row is as it was written:\n +2 {2}audit rows\n +1 {2}chains\n/);
    await runSql(
      owner,
      "ALTER TABLE audit DISABLE TRIGGER audit_is_fixed; UPDATE audit SET actor = 'nobody' WHERE number = 1",
    );
    const changed = await run(["audit", "verify"]);
    assert.equal(changed.code, 1);
    assert.match(
      changed.stdout,
      /^operators' acts, row 1: expected [0-9a-f]{64}, saw [0-9a-f]{64}\n\nNOT as/,
    );
  });

  test("dojang start runs beside them, and SIGTERM ends each of the three in order", async () => {
    await using whole = await startServer(env());
    const { body } = await serve.post("/v1/orders", { name: "감귤", amount: 1000 });
    assert.equal((await whole.read(String(body["merchant_uid"]))).status, "pending");
    for (const one of [whole, serve, worker]) {
      assert.equal(await one.kill("SIGTERM"), 0);
      assert.match(one.output.stdout.trimEnd().split("\n").at(-1) ?? "", /"stopped"/);
    }
  });
});

describe("One role alone", () => {
  test("is refused on SQLite, which one process owns", async () => {
    const alone = { DATABASE_URL: `sqlite:${join(folder, "alone.db")}` };
    const roles = ["serve", "worker"];
    assert.deepEqual(
      await Promise.all(roles.map((role) => run([role], alone))),
      roles.map((role) => ({
        code: 1,
        stdout: "",
        stderr: `dojang: Set DATABASE_URL to postgres://... for dojang ${role}: one process owns a SQLite file, so use dojang start\n`,
      })),
    );
  });
});
