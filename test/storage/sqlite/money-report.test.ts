// Goal: a report of one day costs one day, however many years are stored. Method: the plan that the database makes for each
// of its statements.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Database from "better-sqlite3";
import {
  SELECT_PAID,
  SELECT_REFUNDED,
  SELECT_UNEXPLAINED,
} from "../../../src/storage/sqlite/money-report.ts";
import { openSqliteStore } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { standingClock } from "../contract/samples.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-money-"));
const path = join(folder, "dojang.db");
let db: Database.Database;
before(async () => {
  await (
    await openSqliteStore({ path, clock: standingClock(), dataKey: new Uint8Array(32).fill(7) })
  ).close();
  db = new Database(path);
});
after(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function planOf(sql: string): string[] {
  const plan = db.prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  return plan.all({ from: 0, to: 1, isSandbox: 1 }).map(({ detail }) => detail);
}

describe("the plan of the money report", () => {
  const plans: readonly (readonly [what: string, sql: string, search: string])[] = [
    [
      "what was paid, from the index alone",
      SELECT_PAID,
      "SEARCH payments USING COVERING INDEX payments_paid (paid_at>? AND paid_at<?)",
    ],
    [
      "what went back",
      SELECT_REFUNDED,
      "SEARCH entry USING INDEX cancellations_time (cancelled_at>? AND cancelled_at<?)",
    ],
    [
      "what no history explains",
      SELECT_UNEXPLAINED,
      "SEARCH p USING INDEX payments_given_back (<expr>>? AND <expr><?)",
    ],
  ];
  for (const [what, sql, search] of plans) {
    test(`finds ${what} by time`, () => {
      const plan = planOf(sql);
      assert.ok(plan.includes(search), plan.join("\n"));
      assert.deepEqual(
        plan.filter((detail) => /^SCAN (?!\(subquery)/.test(detail)),
        [],
      );
    });
  }
});
