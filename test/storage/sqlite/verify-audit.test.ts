// Goal: nobody changes the audit unseen. Method: one real database is copied for each case; its triggers are dropped, as
// whoever can write to the file can; something is changed; the verifier must say what.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Database from "better-sqlite3";
import fc from "fast-check";
import { type AuditRecord, auditHash } from "../../../src/storage/audit-hash.ts";
import { createSealer } from "../../../src/storage/seal.ts";
import { createBlindIndex } from "../../../src/storage/seal-blind-index.ts";
import { deriveSealKeys } from "../../../src/storage/seal-keys.ts";
import { openSqliteStore } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { createRows } from "../../../src/storage/sqlite/rows.ts";
import { type AuditFault, type VerifyAuditOptions, verifyAudit } from "../../../src/storage/verify-audit.ts";
import { auditOf, writeAudit } from "../contract/audit.ts";
import { standingClock } from "../contract/samples.ts";
import { rebuildAudit } from "./rebuild-audit.ts";

const DATA_KEY = new Uint8Array(32).fill(7);
const SEED = Number(process.env["SEED"] ?? 20_261_123);
const folder = mkdtempSync(join(tmpdir(), "dojang-verify-"));
const template = join(folder, "template.db");
const ORDERS = ["order_aa1", "order_bb2", "order_cc3"];
let logged = { number: 0, hash: "" };

before(async () => {
  await using store = await openSqliteStore({
    path: template,
    clock: standingClock(),
    dataKey: DATA_KEY,
  });
  for (let round = 1; round <= 4; round += 1) {
    for (const orderId of ORDERS) await writeAudit(store, orderId, auditOf({ subject: `rfd_${round}` }));
    await store.recordAct({ action: "task.retried", actor: "op", subject: `task ${round}`, data: {} });
    if (round === 2 || round === 3) await store.addCheckpoint();
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

let copies = 0;

/** Changes a copy of the database, without its triggers, and verifies it. */
async function tamper(change: (db: Database.Database) => void, options: Partial<VerifyAuditOptions> = {}) {
  copies += 1;
  const path = join(folder, `copy-${copies}.db`);
  copyFileSync(template, path);
  const db = new Database(path);
  db.pragma("foreign_keys = OFF");
  const triggers = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck();
  for (const name of triggers.all()) db.exec(`DROP TRIGGER ${name}`);
  change(db);
  db.close();
  return verify(path, options);
}

async function verify(path: string, options: Partial<VerifyAuditOptions> = {}) {
  const faults: AuditFault[] = [];
  const shares: number[] = [];
  const report = await verifyAudit(
    { kind: "sqlite", path },
    { onFault: (fault) => faults.push(fault), onProgress: (share) => shares.push(share), ...options },
  );
  assert.equal(report?.faults, faults.length);
  if (options.onProgress === undefined) assert.equal(shares.at(-1), 1);
  return { report, faults, places: faults.map(({ where }) => where) };
}

const run = (sql: string) => (db: Database.Database) => void db.exec(sql);
const IN_ORDER = "WHERE merchant_uid = 'order_bb2' AND position";

describe("verifyAudit()", () => {
  test("verifyAudit() finds nothing in what was written, and counts it", async () => {
    const { report, faults } = await verify(template);
    assert.deepEqual(faults, []);
    assert.deepEqual(report, { rows: 16, chains: 4, checkpoints: 2, faults: 0, uncovered: 4 });
    const [last] = new Database(template, { readonly: true })
      .prepare<[], { number: number; hash: Buffer }>(
        "SELECT number, hash FROM audit_checkpoints ORDER BY number DESC",
      )
      .all();
    logged = { number: last?.number ?? 0, hash: last?.hash.toString("hex") ?? "" };
    assert.deepEqual((await verify(template, { checkpoint: logged })).faults, []);
  });

  const cases: readonly (readonly [
    what: string,
    change: (db: Database.Database) => void,
    places: readonly string[],
  ])[] = [
    ["an edited row", run(`UPDATE audit SET actor = 'nobody' ${IN_ORDER} = 2`), ["order order_bb2, row 2"]],
    [
      "an edited reason",
      run(`UPDATE audit SET reason_private = x'00' ${IN_ORDER} = 4`),
      ["order order_bb2, row 4"],
    ],
    [
      "an edited row with a hash that fits it",
      (db) => {
        run(`UPDATE audit SET subject = 'rfd_9' ${IN_ORDER} = 2`)(db);
        const row = db.prepare<[], AuditRecord>(
          `SELECT number, merchant_uid AS orderId, position, at, actor, action, subject, data,
               reason_private AS reasonSealed, prev_hash AS prevHash FROM audit ${IN_ORDER} = 2`,
        );
        db.prepare(`UPDATE audit SET hash = ? ${IN_ORDER} = 2`).run(auditHash(row.get() ?? assert.fail()));
      },
      ["order order_bb2, row 3, hash before", "checkpoint 1"],
    ],
    [
      "a deleted last row",
      run(`DELETE FROM audit ${IN_ORDER} = 4`),
      ["order order_bb2, head", "all rows, by number"],
    ],
    [
      "a deleted last row whose head was put right",
      run(`DELETE FROM audit ${IN_ORDER} = 4; UPDATE aggregates SET audit_head = (SELECT hash FROM audit ${IN_ORDER} = 3)
             WHERE merchant_uid = 'order_bb2'`),
      ["all rows, by number"],
    ],
    [
      "a deleted middle row",
      run(`DELETE FROM audit ${IN_ORDER} = 3`),
      ["order order_bb2, row 4", "all rows, by number", "checkpoint 2", "checkpoint 2"],
    ],
    [
      "a deleted chain",
      run("DELETE FROM audit WHERE merchant_uid = 'order_bb2'"),
      [
        ...Array(4).fill("all rows, by number"),
        "order order_bb2, head",
        ...Array(4)
          .fill("checkpoint")
          .map((word, index) => `${word} ${index < 2 ? 1 : 2}`),
      ],
    ],
    [
      "two swapped rows",
      run(`UPDATE audit SET position = 99 ${IN_ORDER} = 2; UPDATE audit SET position = 2 ${IN_ORDER} = 3;
             UPDATE audit SET position = 3 ${IN_ORDER} = 99`),
      [
        "order order_bb2, row 2, hash before",
        "order order_bb2, row 2",
        "order order_bb2, row 3, hash before",
        "order order_bb2, row 3",
        "order order_bb2, row 4, hash before",
      ],
    ],
    [
      "a row moved to another order",
      run(
        "UPDATE audit SET merchant_uid = 'order_cc3', position = 5 WHERE merchant_uid = 'order_bb2' AND position = 4",
      ),
      [
        "order order_bb2, head",
        "order order_cc3, row 5, hash before",
        "order order_cc3, row 5",
        "order order_cc3, head",
      ],
    ],
    [
      "an edited head",
      run("UPDATE aggregates SET audit_head = zeroblob(32) WHERE merchant_uid = 'order_bb2'"),
      ["order order_bb2, head"],
    ],
    [
      "a head taken away",
      run("UPDATE aggregates SET audit_head = NULL WHERE merchant_uid = 'order_bb2'"),
      ["order order_bb2, head"],
    ],
    [
      "an edited head of operators' acts",
      run("UPDATE audit_acts_head SET hash = zeroblob(32)"),
      ["operators' acts, head"],
    ],
    [
      "an edited checkpoint",
      run("UPDATE audit_checkpoints SET at = at + 1 WHERE number = 2"),
      ["checkpoint 2"],
    ],
    [
      "an edited checkpoint's hash",
      run("UPDATE audit_checkpoints SET hash = zeroblob(32) WHERE number = 1"),
      ["checkpoint 1", "checkpoint 2, hash before"],
    ],
    ["a deleted first checkpoint", run("DELETE FROM audit_checkpoints WHERE number = 1"), ["checkpoint 2"]],
    [
      "rows deleted from the end on",
      run(
        "DELETE FROM audit WHERE number > 10; UPDATE aggregates SET audit_head = (SELECT hash FROM audit a WHERE a.merchant_uid = aggregates.merchant_uid ORDER BY position DESC LIMIT 1); UPDATE audit_acts_head SET hash = (SELECT hash FROM audit WHERE merchant_uid IS NULL ORDER BY position DESC LIMIT 1)",
      ),
      ["checkpoint 2", "checkpoint 2", "checkpoint 2"],
    ],
  ];
  for (const [what, change, places] of cases) {
    test(`verifyAudit() finds ${what}`, async () => {
      assert.deepEqual((await tamper(change)).places, places);
    });
  }

  test("verifyAudit() finds a tail that was made anew by the checkpoint in the log, and by nothing else", async () => {
    const forge = (db: Database.Database) => {
      run(`UPDATE audit SET actor = 'somebody else' ${IN_ORDER} = 3`)(db);
      rebuildAudit(db);
    };
    assert.deepEqual((await tamper(forge)).faults, [], "the file is whole in itself");
    const { faults } = await tamper(forge, { checkpoint: logged });
    assert.deepEqual(
      faults.map(({ where, expected }) => [where, expected]),
      [[`checkpoint ${logged.number}, as logged`, logged.hash]],
    );
    const gone = await tamper(run("DELETE FROM audit_checkpoints WHERE number = 2"), { checkpoint: logged });
    assert.deepEqual(gone.faults, [
      { where: "checkpoint 2, as logged", expected: logged.hash, seen: "none" },
    ]);
  });

  // Goal: no single value of the audit can change unseen. Method: any column of any row, changed to another value.
  test("verifyAudit() finds any one value that was changed", async (t) => {
    t.diagnostic(`seed ${SEED}`);
    const columns = [
      ...["number", "position", "at", "actor", "action", "subject", "data", "merchant_uid"].map((name) => [
        "audit",
        name,
      ]),
      ...["reason_private", "prev_hash", "hash"].map((name) => ["audit", name]),
      ["aggregates", "audit_head"],
      ["audit_acts_head", "hash"],
      ...["number", "at", "through", "heads", "prev_hash", "hash"].map((name) => ["audit_checkpoints", name]),
    ] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...columns),
        fc.nat(15),
        fc.nat(31),
        async ([table = "", column = ""], nth, byte) => {
          const { faults } = await tamper((db) => {
            const key =
              table === "aggregates" ? "merchant_uid" : table === "audit_acts_head" ? "id" : "number";
            const keys = db.prepare<[], unknown>(`SELECT ${key} FROM ${table} ORDER BY 1`).pluck().all();
            const row = keys[nth % keys.length];
            const old = db
              .prepare<[unknown], unknown>(`SELECT ${column} FROM ${table} WHERE ${key} = ?`)
              .pluck()
              .get(row);
            const next = changed(old, byte);
            db.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`).run(next, row);
          });
          assert.notEqual(faults.length, 0, `${table}.${column}`);
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });

  // Goal: a write under way never looks like a fault. Method: another connection writes rows and a checkpoint from within
  // the verifier's own progress; the report must be of the moment before.
  test("verifyAudit() reads one moment while a server writes", async () => {
    const path = join(folder, "running.db");
    await (await openSqliteStore({ path, clock: standingClock(), dataKey: DATA_KEY })).close();
    const db = new Database(path);
    const keys = [deriveSealKeys(DATA_KEY)] as const;
    const sealer = createSealer({ keys, randomBytes });
    const rows = createRows({ db, sealer, blindIndex: createBlindIndex(keys), random: randomBytes });
    const write = (count: number) => {
      for (let index = 0; index < count; index += 1)
        rows.audit.addAct({ action: "task.retried", actor: "op", data: {} }, 1);
    };
    db.transaction(write)(2_500);
    let writes = 0;
    const { faults, report } = await verify(path, {
      onProgress() {
        writes += 1;
        db.transaction(() => {
          write(3);
          rows.audit.addCheckpoint({ at: 2, rowsMax: 10_000 });
        })();
      },
    });
    assert.ok(writes > 1, "nothing was written meanwhile");
    assert.deepEqual(faults, []);
    assert.deepEqual(report, { rows: 2_500, chains: 1, checkpoints: 0, faults: 0, uncovered: 2_500 });
    const later = await verify(path);
    db.close();
    assert.deepEqual([later.faults, later.report?.rows], [[], 2_500 + 3 * writes]);
  });
});

/** Another value of the same type. */
function changed(value: unknown, byte: number): unknown {
  if (typeof value === "number") return value + 1 + byte * 100;
  if (typeof value === "string") return `${value}x`;
  if (!Buffer.isBuffer(value)) return "was nothing";
  const other = Buffer.from(value);
  other[byte % other.length] = (other[byte % other.length] ?? 0) ^ 1;
  return other;
}
