// Goal: what the database's own limits and troubles cut short is no fault of ours: it is run again, or refused as unavailable, and no task
// dies of it. Method: the limits of a careful administrator, set on the database, and a trigger that fails as a disk does.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { systemClock } from "../../src/clock.ts";
import { openPostgresStore } from "../../src/storage/postgres/open-postgres-store.ts";
import { registration, sampleOrder } from "../storage/contract/samples.ts";
import { TEST_DATA_KEY } from "../support/engine.ts";
import { runSql } from "../support/postgres/start-postgres.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";

let url: string;
before(async () => {
  url = await makeDatabase();
});
after(() => dropDatabase(url));

const limit = (setting: string) => runSql(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} ${setting}`);
const open = (seen: (name: string) => void = () => {}, address = url) =>
  openPostgresStore({
    url: address,
    clock: systemClock,
    dataKey: TEST_DATA_KEY,
    onStatement: ({ name }) => seen(name),
  });

describe("A PostgreSQL that cuts short", () => {
  test("a statement by statement_timeout: the write is run again", async () => {
    await limit("SET statement_timeout = '200ms'");
    const locks: string[] = [];
    await using store = await open((name) => name === "lock_root" && locks.push(name));
    const orderId = "cut_short_1";
    await store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
    const rival = new pg.Client({ connectionString: url });
    await rival.connect();
    await rival.query("BEGIN");
    await rival.query("SELECT 1 FROM aggregates WHERE merchant_uid = $1 FOR UPDATE", [orderId]);
    locks.length = 0;
    const written = store.transact({ orderId }, ({ version }) => ({
      outcome: version,
      events: [{ type: "payment.rejected", data: {} }],
    }));
    await Promise.race([written, until("it tries again", () => locks.length > 1)]);
    await rival.query("COMMIT");
    await rival.end();
    assert.equal(await written, 1);
    await limit("RESET statement_timeout");
  });

  test("a transaction whose process stood still: it is run again", async () => {
    await limit("SET idle_in_transaction_session_timeout = '100ms'");
    // Where a session sets nothing by itself.
    await using store = await open(() => {}, `${url}?pgbouncer=true`);
    const orderId = "cut_short_2";
    await store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
    let decisions = 0;
    const outcome = await store.transact({ orderId }, () => {
      decisions += 1;
      if (decisions === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
      return {
        outcome: "asked",
        tasks: [{ kind: "look", key: `look:${orderId}`, repeat: "again", dueAt: 1, orderId }],
      };
    });
    assert.deepEqual([outcome, decisions], ["asked", 2]);
    await limit("RESET idle_in_transaction_session_timeout");
  });

  test("a write by a disk that fails: it is unavailable, and no fault of ours", async () => {
    await runSql(
      url,
      `CREATE FUNCTION broken_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not read block 7' USING ERRCODE = 'io_error'; END $$;
       CREATE TRIGGER broken_disk BEFORE INSERT ON cursors FOR EACH ROW EXECUTE FUNCTION broken_disk()`,
    );
    await using store = await open();
    await assert.rejects(store.saveCursor("any", "1"), { code: "storage_unavailable" });
    await runSql(url, "DROP TRIGGER broken_disk ON cursors; DROP FUNCTION broken_disk");
  });
});
