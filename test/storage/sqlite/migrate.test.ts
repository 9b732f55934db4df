import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import Database from "better-sqlite3";
import { systemClock } from "../../../src/clock.ts";
import { createMigration, readMigrations } from "../../../src/storage/read-migrations.ts";
import { openSqliteStore } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { application, registration, sampleOrder, samplePayment } from "../contract/samples.ts";

const DATA_KEY = new Uint8Array(32).fill(7);
const NEXT = readMigrations("sqlite").length + 1;
const SECOND = createMigration({
  version: NEXT,
  name: "test-only",
  sql: "ALTER TABLE orders ADD COLUMN test_note TEXT; CREATE INDEX orders_test_note ON orders (test_note);",
});

async function tempDatabase() {
  const folder = await mkdtemp(join(tmpdir(), "dojang-migrate-"));
  const path = join(folder, "dojang.db");
  return {
    path,
    open: (changes: Partial<Parameters<typeof openSqliteStore>[0]> = {}) =>
      openSqliteStore({ path, clock: systemClock, dataKey: DATA_KEY, ...changes }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function fill(database: Awaited<ReturnType<typeof tempDatabase>>): Promise<void> {
  await using store = await database.open();
  for (const orderId of ["filled_01", "filled_02"]) {
    const order = sampleOrder({ orderId, customer: { tel: "010-1234-5678" } });
    await store.transact({ orderId }, () => registration(order));
    const payment = samplePayment({ orderId, paymentId: `imp_${orderId}` });
    await store.transact({ orderId }, () => application(order, payment));
  }
}

describe("migrate()", () => {
  test("migrate() brings a filled database to the next version and keeps every row", async () => {
    await using database = await tempDatabase();
    await fill(database);
    {
      await using store = await database.open({ migrations: [...readMigrations("sqlite"), SECOND] });
      const page = await store.listOrders({ limit: 10, text: "01012345678" });
      assert.deepEqual(
        page.orders.map(({ order, version, payments }) => [order.status, version, payments.length]),
        [
          ["paid", 2, 1],
          ["paid", 2, 1],
        ],
      );
      await store.transact({ orderId: "filled_01" }, () => ({
        outcome: 0,
        events: [{ type: "order.refunded", data: {} }],
      }));
      assert.equal((await store.readTimeline("filled_01")).length, 3);
    }
    // Once more: nothing is applied twice.
    await using again = await database.open({ migrations: [...readMigrations("sqlite"), SECOND] });
    assert.equal((await again.readOrder("filled_01"))?.version, 3);
  });

  test("migrate() refuses a database of a newer release and leaves it usable for that one", async () => {
    await using database = await tempDatabase();
    await (await database.open({ migrations: [...readMigrations("sqlite"), SECOND] })).close();
    await assert.rejects(database.open(), {
      code: "storage_unavailable",
      message: `Cannot open the database ${database.path}: its schema is version ${NEXT} and this release knows up to ${NEXT - 1}; start a newer release`,
    });
    await using store = await database.open({ migrations: [...readMigrations("sqlite"), SECOND] });
    assert.equal(store.isReady(), true);
  });

  test("migrate() refuses a migration that was edited after it was applied", async () => {
    await using database = await tempDatabase();
    await fill(database);
    const [first, ...rest] = readMigrations("sqlite");
    assert.ok(first);
    const edited = createMigration({ ...first, sql: `${first.sql}\n-- edited` });
    await assert.rejects(
      database.open({ migrations: [edited, ...rest] }),
      /migration 1 is not the one that made it/,
    );
  });

  test("migrate() leaves the version as it was when a step fails", async () => {
    await using database = await tempDatabase();
    await fill(database);
    const broken = createMigration({
      version: NEXT,
      name: "broken",
      sql: "CREATE TABLE half (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1);",
    });
    await assert.rejects(database.open({ migrations: [...readMigrations("sqlite"), broken] }), /nowhere/);
    await using store = await database.open({ migrations: [...readMigrations("sqlite"), SECOND] });
    assert.equal(await store.hasOrder("filled_01"), true);
  });

  test("migrate() refuses a file that is another program's", async () => {
    await using database = await tempDatabase();
    new Database(database.path).exec("CREATE TABLE theirs (a)").close();
    const before = await readFile(database.path);
    await assert.rejects(database.open(), /it is not a database of Dojang/);
    assert.deepEqual(await readFile(database.path), before);
  });
});

describe("checkSealKeys()", () => {
  const ROTATED = new Uint8Array(32).fill(8);

  test("openSqliteStore() refuses a database that another key sealed", async () => {
    await using database = await tempDatabase();
    await fill(database);
    await assert.rejects(database.open({ dataKey: ROTATED }), {
      code: "storage_unavailable",
      message: /it was sealed under another data key \(id [0-9a-f]{8}\)/,
    });
    await using store = await database.open();
    assert.equal(await store.hasOrder("filled_01"), true);
  });

  test("openSqliteStore() reads and finds what an old key sealed after a rotation", async () => {
    await using database = await tempDatabase();
    await fill(database);
    {
      await using store = await database.open({ dataKey: ROTATED, oldDataKeys: [DATA_KEY] });
      const order = sampleOrder({ orderId: "rotated_1", customer: { tel: "010-1234-5678" } });
      await store.transact({ orderId: order.orderId }, () => registration(order));
      assert.equal((await store.listOrders({ limit: 10, text: "01012345678" })).orders.length, 3);
    }
    await assert.rejects(database.open(), /sealed under another data key/);
  });
});
