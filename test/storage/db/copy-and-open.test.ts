// Goal: no server ever works on a database that a copy is filling, however the two meet. Method: one of the two is held in the middle of
// its first transaction, on a real PostgreSQL, until the other waits for it.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import pg from "pg";
import { copyDatabase } from "../../../src/storage/copy/copy-database.ts";
import { openPostgresStore } from "../../../src/storage/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { TEST_DATA_KEY } from "../../support/engine.ts";
import { runSql } from "../../support/postgres/start-postgres.ts";
import { askAdmin, dropDatabase, makeDatabase } from "../../support/postgres/test-databases.ts";
import { until } from "../../support/until.ts";
import { standingClock } from "../contract/samples.ts";
import { sqliteOriginal } from "./damage.ts";

const source = sqliteOriginal();
const from = source.url.slice("sqlite:".length);
const clock = standingClock();
let to = "";

before(async () => (await openSqliteStore({ path: from, clock, dataKey: TEST_DATA_KEY })).close());
beforeEach(async () => {
  to = await makeDatabase();
});
after(() => source.remove());

/** Runs statements in a transaction that ends once somebody waits for it. */
async function holding(sql: string, meanwhile: () => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: to });
  await client.connect();
  await client.query(`BEGIN; ${sql}`);
  const others = meanwhile();
  await until("the other waits", async () => {
    const waiting = await askAdmin(
      "SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE NOT granted AND datname = $1",
      [new URL(to).pathname.slice(1)],
    );
    return waiting.length > 0;
  });
  await client.query("COMMIT");
  await client.end();
  await others;
  await dropDatabase(to);
}

describe("a copy and a server that meet", () => {
  test("the copy is refused where the server was first", () =>
    holding("INSERT INTO seal_keys (key_id, proof, added_at) VALUES ('x', 'y', 1)", () =>
      assert.rejects(
        copyDatabase({ from, to, now: clock.now, onProgress() {} }),
        /the target has rows already/,
      ),
    ));

  test("the server is refused where the copy was first, and leaves nothing in its way", () =>
    holding(
      "LOCK TABLE seal_keys IN SHARE ROW EXCLUSIVE MODE; INSERT INTO copies (id, source, begun_at) VALUES (1, 'x', 1)",
      async () => {
        await assert.rejects(openPostgresStore({ url: to, clock, dataKey: TEST_DATA_KEY }), {
          code: "storage_unavailable",
          message: /the copy into it is not complete/,
        });
        // The copy brings the same key, and no second row can have its id.
        assert.deepEqual(await runSql(to, "SELECT 1 FROM seal_keys"), []);
      },
    ));
});
