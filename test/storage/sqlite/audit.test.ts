// Goal: not even this server can change its audit. Method: the statements that would, on a real database with its triggers.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Database from "better-sqlite3";
import { openSqliteStore } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { auditOf, writeAudit } from "../contract/audit.ts";
import { standingClock } from "../contract/samples.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-audit-"));
const path = join(folder, "dojang.db");
let db: Database.Database;
before(async () => {
  await using store = await openSqliteStore({
    path,
    clock: standingClock(),
    dataKey: new Uint8Array(32).fill(7),
  });
  await writeAudit(store, "order_aa1", auditOf(), auditOf());
  await store.recordAct({ action: "task.retried", actor: "op", data: {} });
  await store.addCheckpoint();
  await store.close();
  db = new Database(path);
});
after(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const COPY = "'order_aa1', 3, 1, 'a', 'x', NULL, '{}', NULL";
const LAST = "(SELECT hash FROM audit WHERE merchant_uid = 'order_aa1' AND position = 2)";

describe("the audit's tables", () => {
  const refused: readonly (readonly [what: string, sql: string, why: RegExp])[] = [
    ["a change", "UPDATE audit SET actor = 'b' WHERE number = 1", /never change/],
    ["a deletion", "DELETE FROM audit WHERE number = 3", /never deleted/],
    ["a number left out", `INSERT INTO audit VALUES (5, ${COPY}, ${LAST}, zeroblob(32))`, /goes on/],
    [
      "a position left out",
      `INSERT INTO audit VALUES (4, ${COPY.replace("3,", "4,")}, ${LAST}, zeroblob(32))`,
      /goes on/,
    ],
    ["a fork", `INSERT INTO audit VALUES (4, ${COPY.replace("3,", "2,")}, ${LAST}, zeroblob(32))`, /goes on/],
    ["another hash before", `INSERT INTO audit VALUES (4, ${COPY}, zeroblob(32), zeroblob(32))`, /goes on/],
    [
      "a row in another's place",
      `REPLACE INTO audit VALUES (3, ${COPY}, ${LAST}, zeroblob(32))`,
      /goes on|never deleted/,
    ],
    ["another head", "UPDATE aggregates SET audit_head = zeroblob(32)", /last audit row/],
    ["no head", "UPDATE aggregates SET audit_head = NULL", /last audit row/],
    ["another head of acts", "UPDATE audit_acts_head SET hash = zeroblob(32)", /last audit row/],
    ["no head of acts", "DELETE FROM audit_acts_head", /never deleted/],
    ["a changed checkpoint", "UPDATE audit_checkpoints SET at = 9", /never change/],
    ["a deleted checkpoint", "DELETE FROM audit_checkpoints", /never deleted/],
    [
      "a checkpoint left out",
      "INSERT INTO audit_checkpoints SELECT 3, at, through + 1, heads, hash, hash FROM audit_checkpoints",
      /goes on/,
    ],
    [
      "a checkpoint of nothing new",
      "INSERT INTO audit_checkpoints SELECT 2, at, through, heads, hash, hash FROM audit_checkpoints",
      /goes on/,
    ],
  ];
  for (const [what, sql, why] of refused) {
    test(`refuse ${what}`, () => {
      assert.throws(() => db.exec(sql), why);
    });
  }

  test("take the row that goes on", () => {
    db.exec("BEGIN");
    db.exec(`INSERT INTO audit VALUES (4, ${COPY}, ${LAST}, zeroblob(32))`);
    db.exec("UPDATE aggregates SET audit_head = zeroblob(32)");
    db.exec("ROLLBACK");
  });
});
