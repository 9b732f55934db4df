// Goal: an operator moves a shop with one command, and cannot start a server on half of it. Method: the real command on a real file and
// a real PostgreSQL.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import { registration, sampleOrder, standingClock } from "../storage/contract/samples.ts";
import { sqliteOriginal } from "../storage/db/damage.ts";
import { TEST_DATA_KEY } from "../support/engine.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { settingsOf } from "../support/rich-database.ts";
import { runDojang, startServer } from "./server-process.ts";

const HALF_WAY = fileURLToPath(new URL("../storage/db/copy-process.ts", import.meta.url));
const source = sqliteOriginal();
const path = source.url.slice("sqlite:".length);
const GATEWAY = { IMP_API_URL: "http://127.0.0.1:1" };
let target = "";

before(async () => {
  target = await makeDatabase();
  await using store = await openSqliteStore({ path, clock: standingClock(), dataKey: TEST_DATA_KEY });
  for (let index = 0; index < 10; index += 1) {
    const orderId = `order_000${index}`;
    await store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
  }
});
after(async () => {
  await source.remove();
  await dropDatabase(target);
});

async function copy(args: readonly string[], env: Record<string, string> = {}) {
  const command = runDojang(["db", "copy", ...args], env);
  const code = await command.ended;
  return { code, ...command.output };
}

const ROWS =
  /\n {2} 1 {2}seal_keys\n {2}10 {2}aggregates\n {2} 0 {2}payments\n {2}10 {2}orders\n {2}10 {2}events\n/;

describe("dojang db copy", () => {
  test("says what it would do, does it, and says what is next", async () => {
    const plan = await copy([source.url, target, "--dry-run"]);
    assert.match(plan.stdout, ROWS);
    assert.ok(plan.stdout.endsWith("\nThe target is empty.\n"), plan.stdout);
    assert.equal(plan.code, 0);

    const half = spawnSync(process.execPath, [HALF_WAY, path, target, "INSERT INTO events", "2", "before"]);
    assert.equal(half.signal, "SIGKILL");
    for (const command of ["start", "serve"] as const) {
      await using server = runDojang([command], {
        ...settingsOf(target),
        ...GATEWAY,
        PORT: "0",
        DOJANG_WORKER_PORT: "0",
      });
      assert.equal(await server.ended, 1);
      assert.match(server.output.stderr, /the copy into it is not complete; run dojang db copy again\n$/);
    }
    const begun = await copy([source.url, target, "--dry-run"]);
    assert.ok(
      begun.stdout.endsWith("\nA copy was begun: 25 rows are there, and it would go on after them.\n"),
      begun.stdout,
    );

    // The address, and its password, from the settings.
    const { code, stdout, stderr } = await copy([source.url], { DATABASE_URL: target });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Copied, and the same on both sides:\n/);
    assert.match(stdout, ROWS);
    assert.ok(stdout.includes(`Never start a server on ${source.url} again`), stdout);
    assert.match(stderr, /100 %\n$/);
    assert.match((await copy([source.url, target])).stdout, /^Was copied before: nothing to do\n/);

    await using server = await startServer({ ...settingsOf(target), ...GATEWAY });
    assert.equal((await server.read("order_0007")).merchant_uid, "order_0007");
    await server.kill("SIGTERM");
  });

  test("says what it wants of its arguments and of both databases", async () => {
    const nowhere = "postgres://dojang:secret@127.0.0.1:1/dojang";
    const results = await Promise.all([
      copy(["--fast", source.url]),
      copy([target, source.url]),
      copy([source.url, source.url]),
      copy([`${source.url}.none`, target]),
      copy([source.url, nowhere]),
    ]);
    const how =
      "Cannot read the arguments: expected dojang db copy sqlite:<path> [postgres://...] [--dry-run]";
    assert.deepEqual(
      results.map(({ code, stderr }) => [code, stderr]),
      [
        how,
        "Cannot copy a PostgreSQL: use pg_dump and pg_restore, or a standby",
        "Cannot copy into a SQLite: name a postgres://... or set DATABASE_URL to one (dojang backup copies a SQLite)",
        `Cannot copy the database: there is no database ${JSON.stringify(`${path}.none`)}`,
        "Cannot open the database postgres://dojang@127.0.0.1:1/dojang: connect ECONNREFUSED 127.0.0.1:1",
      ].map((line) => [1, `dojang: ${line}\n`]),
    );
  });
});
