// Goal: whoever changes the audit in the database itself is found. Method: a store writes chains and a checkpoint; then the owner of the
// tables changes one thing, looks, and takes it back.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openPostgresStore } from "../../src/storage/postgres/open-postgres-store.ts";
import { verifyAudit } from "../../src/storage/verify-audit.ts";
import { auditOf, writeAudit } from "../storage/contract/audit.ts";
import { standingClock } from "../storage/contract/samples.ts";
import { TEST_DATA_KEY } from "../support/engine.ts";
import { runSql } from "../support/postgres/start-postgres.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";

let url: string;
let logged = { number: 0, hash: "" };
before(async () => {
  url = await makeDatabase();
  await using store = await openPostgresStore({ url, clock: standingClock(), dataKey: TEST_DATA_KEY });
  for (const orderId of ["order_aa1", "주문 2"]) await writeAudit(store, orderId, auditOf(), auditOf());
  await store.recordAct({ actor: "someone", action: "task.retried", subject: "look:1", data: {} });
  const made = await store.addCheckpoint();
  logged = { number: made?.number ?? 0, hash: made?.hash ?? "" };
  await writeAudit(store, "order_aa1", auditOf());
  await runSql(
    url,
    "CREATE SCHEMA kept; CREATE TABLE kept.audit AS TABLE audit; CREATE TABLE kept.checkpoints AS TABLE audit_checkpoints",
  );
  for (const table of ["audit", "audit_checkpoints", "aggregates", "audit_acts_head"])
    await runSql(url, `ALTER TABLE ${table} DISABLE TRIGGER USER`);
});
after(() => dropDatabase(url));

async function verify(checkpoint?: { number: number; hash: string }) {
  const places: string[] = [];
  const report = await verifyAudit(
    { kind: "postgres", url },
    {
      onFault: ({ where }) => places.push(where),
      onProgress: () => {},
      ...(checkpoint === undefined ? {} : { checkpoint }),
    },
  );
  return { places, report };
}

const RESTORE = `DELETE FROM audit; INSERT INTO audit TABLE kept.audit;
  DELETE FROM audit_checkpoints; INSERT INTO audit_checkpoints TABLE kept.checkpoints`;

describe("verifyAudit() on PostgreSQL", () => {
  test("finds nothing in what was written, and counts it", async () => {
    const { places, report } = await verify(logged);
    assert.deepEqual(places, []);
    assert.deepEqual(report, { rows: 6, chains: 3, checkpoints: 1, faults: 0, uncovered: 1 });
  });

  const cases: readonly [what: string, sql: string, places: readonly string[]][] = [
    ["a value that was changed", "UPDATE audit SET actor = 'x' WHERE number = 1", ["order order_aa1, row 1"]],
    ["a last row that is gone", "DELETE FROM audit WHERE number = 6", ["order order_aa1, head"]],
    [
      "a row in the middle that is gone",
      "DELETE FROM audit WHERE number = 3",
      [`order "주문 2", row 2`, "all rows, by number"],
    ],
    [
      "a chain that is gone as a whole",
      "DELETE FROM audit WHERE merchant_uid IS NULL",
      ["all rows, by number", "operators' acts, head", "checkpoint 1", "checkpoint 1"],
    ],
    ["a checkpoint that was changed", "UPDATE audit_checkpoints SET at = at + 1", ["checkpoint 1"]],
    ["a checkpoint that is gone", "DELETE FROM audit_checkpoints", ["checkpoint 1, as logged"]],
  ];
  for (const [what, sql, places] of cases) {
    test(`finds ${what}`, async () => {
      await runSql(url, sql);
      assert.deepEqual((await verify(logged)).places, places);
      await runSql(url, RESTORE);
      assert.deepEqual((await verify(logged)).places, [], "taken back");
    });
  }
});
