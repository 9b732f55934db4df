// Goal: what breaks an invariant is named, on either engine, beside a running server. Method: a real server fills a database; each
// test damages a copy by raw SQL, past all that refuses it, and compares which rules do not hold, and of what.
import assert from "node:assert/strict";
import { closeSync, openSync, writeSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import Database from "better-sqlite3";
import type { DatabaseConfig } from "../../../src/config.ts";
import { type CheckFinding, type CheckOptions, checkDatabase } from "../../../src/storage/check-database.ts";
import { withMoment } from "../../../src/storage/inspect/with-moment.ts";
import { migrateDatabase } from "../../../src/storage/migrate-database.ts";
import { TEST_DATA_KEY } from "../../support/engine.ts";
import { LEAST_ROLE } from "../../support/postgres/start-postgres.ts";
import { asRole, dropDatabase, makeDatabase } from "../../support/postgres/test-databases.ts";
import { ODD_NAME, openRichDatabase } from "../../support/rich-database.ts";
import { type Damaged, type Original, postgresOriginal, sqliteOriginal } from "./damage.ts";
import { CASES, type Orders, of } from "./damage-cases.ts";

const PAGE_BYTES = 8_192;

async function check(database: DatabaseConfig, options: Partial<CheckOptions> = {}) {
  const told: CheckFinding[] = [];
  const report = await checkDatabase(database, {
    dataKey: TEST_DATA_KEY,
    onFinding: (finding) => told.push(finding),
    onProgress() {},
    ...options,
  });
  assert.ok(report);
  assert.deepEqual(report.findings, told);
  return report;
}

/** Of a database without its guards: that they are gone is not what is looked for. */
async function broken({ database }: Damaged): Promise<readonly CheckFinding[]> {
  const { findings } = await check(database);
  return findings.filter(({ name }) => name !== "guards_in_force" && name !== "foreign_keys");
}

for (const original of [sqliteOriginal(), await postgresOriginal()]) testCheck(original);

function testCheck(original: Original): void {
  const { engine, url } = original;
  describe(`checkDatabase() on ${engine}`, () => {
    let orders: Orders;
    before(async () => {
      const rich = await openRichDatabase(url);
      orders = rich.orders;
      const database =
        engine === "sqlite"
          ? ({ kind: engine, path: url.slice("sqlite:".length) } as const)
          : ({ kind: engine, url } as const);
      // Beside the server that wrote it.
      const shares: number[] = [];
      const { findings, rows, hasOpenedSeals } = await check(database, {
        onProgress: (share) => shares.push(share),
      });
      await rich[Symbol.asyncDispose]();
      assert.deepEqual(findings, []);
      assert.deepEqual([rows["orders"], rows["refunds"], rows["hints"], hasOpenedSeals], [8, 2, 2, true]);
      assert.deepEqual(
        shares,
        [...shares].sort((one, other) => one - other),
      );
      assert.equal(shares.at(-1), 1);
    });
    after(() => original.remove());

    for (const { what, damage, broken: expected } of CASES) {
      test(`checkDatabase() names ${what}`, async () => {
        await using damaged = await original.copy();
        await damaged.unguard();
        await damaged.run(damage(orders));
        const wanted = expected(orders);
        const findings = await broken(damaged);
        assert.deepEqual(new Set(findings.map(({ name }) => name)), new Set(Object.keys(wanted)));
        for (const { name, ids, count } of findings) {
          assert.equal(ids.length, count);
          const one = wanted[name];
          if (one !== "any") assert.deepEqual(new Set(ids), new Set(one), name);
        }
      });
    }

    test("checkDatabase() opens every kind of sealed value, and none without the key", async () => {
      await using damaged = await original.copy();
      await damaged.unguard();
      await damaged.run(CASES.at(-1)?.damage(orders) ?? "");
      const [found] = await broken(damaged);
      assert.deepEqual(
        new Set(found?.ids.map((id) => id.split(" ")[0])),
        new Set(["order", "payment", "refund", "webhook"]),
      );
      const { findings, hasOpenedSeals } = await check(damaged.database, { dataKey: undefined });
      assert.deepEqual([findings.map(({ name }) => name), hasOpenedSeals], [["guards_in_force"], false]);
    });

    test("checkDatabase() names guards that are not in force", async () => {
      await using damaged = await original.copy();
      const off = {
        sqlite: "DROP TRIGGER orders_frozen; DROP INDEX payments_imp_uid",
        postgres: "ALTER TABLE orders DISABLE TRIGGER orders_frozen; DROP INDEX payments_imp_uid",
      };
      await damaged.run(off[engine]);
      const { findings } = await check(damaged.database);
      assert.deepEqual(
        findings.map(({ name, ids }) => [name, new Set(ids)]),
        [["guards_in_force", new Set(["trigger orders_frozen", "index payments_imp_uid"])]],
      );
    });

    test("checkDatabase() names 20 of many, and counts all", async () => {
      await using damaged = await original.copy();
      await damaged.unguard();
      const numbers = Array.from(
        { length: 30 },
        (_, index) => `('lost-${index}', 'pending', 0, 'x', 1, 'KRW', 1, 0, 1)`,
      );
      await damaged.run(
        `INSERT INTO orders (merchant_uid, status, refunded_minor, name, amount_minor, currency, pay_by, is_pay_by_given, created_at)
         VALUES ${numbers.join(", ")}`,
      );
      const findings = await broken(damaged);
      assert.deepEqual(
        findings.map(({ name, count, ids }) => [name, count, ids.length]),
        [
          ["events_tell_of_orders", 30, 20],
          ["parents_there", 30, 20],
        ],
      );
    });

    test("withMoment() shows one moment while others write", async () => {
      await using damaged = await original.copy();
      await damaged.unguard();
      const sql = `SELECT name FROM orders ${of(orders.pending)}`;
      const seen = await withMoment(damaged.database, async (moment) => {
        const names = [await moment.first<{ name: string }>(sql)];
        await damaged.run(`UPDATE orders SET name = 'written meanwhile' ${of(orders.pending)}`);
        for await (const row of moment.rows<{ name: string }>(sql)) names.push(row);
        return names.map((row) => row?.name);
      });
      assert.deepEqual(seen, Array(2).fill(ODD_NAME));
    });
  });
}

describe("checkDatabase() on PostgreSQL alone", () => {
  test("checkDatabase() needs no more than a server's role may do", async () => {
    const url = await makeDatabase();
    await migrateDatabase({ kind: "postgres", url }, { isDryRun: false, now: 1, grantTo: LEAST_ROLE });
    const { findings } = await check({ kind: "postgres", url: asRole(url, LEAST_ROLE) });
    await dropDatabase(url);
    assert.deepEqual(findings, []);
  });

  test("checkDatabase() names numbers that would be given twice", async () => {
    const original = await postgresOriginal();
    await using damaged = await original.copy();
    await damaged.run(`UPDATE audit_counter SET number = 5;
      INSERT INTO hints (hint_id, imp_uid, content_type, source_address, received_at, body_private)
        VALUES (9, 'imp_9', 'x', 'y', 1, '\\x00')`);
    const { findings } = await check(damaged.database, { dataKey: undefined });
    assert.deepEqual(
      findings.map(({ name, ids }) => [name, ids]),
      [["numbers_go_on", ["audit_counter", "hint_blocks"]]],
    );
    await original.remove();
  });
});

describe("checkDatabase() on SQLite alone", () => {
  test("checkDatabase() names a file that is broken, and goes on", async () => {
    const original = sqliteOriginal();
    await (await openRichDatabase(original.url))[Symbol.asyncDispose]();
    await using damaged = await original.copy();
    const path = damaged.url.slice("sqlite:".length);
    const db = new Database(path, { readonly: true });
    const page = db
      .prepare<[], number>("SELECT rootpage FROM sqlite_schema WHERE name = 'events_id'")
      .pluck()
      .get();
    db.close();
    const handle = openSync(path, "r+");
    writeSync(handle, Buffer.alloc(PAGE_BYTES, 0xff), 0, PAGE_BYTES, PAGE_BYTES * ((page ?? 0) - 1));
    closeSync(handle);
    const { findings } = await check(damaged.database);
    assert.equal(findings[0]?.name, "file_whole");
    // What needs the broken page cannot be read; what does not is checked all the same.
    assert.deepEqual(
      findings.filter(({ ids }) => !/cannot be read/.test(ids[0] ?? "")).map(({ name }) => name),
      ["file_whole"],
    );
    await original.remove();
  });
});
