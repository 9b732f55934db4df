// Goal: an operator can tell with one command whether the audit is as it was written, beside the running server. Method: the
// real command on a real file, in which then something is changed.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Database from "better-sqlite3";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import { auditOf, writeAudit } from "../storage/contract/audit.ts";
import { standingClock } from "../storage/contract/samples.ts";
import { runDojang, startServer } from "./server-process.ts";

const DATA_KEY = Buffer.alloc(32, 9);
const folder = mkdtempSync(join(tmpdir(), "dojang-audit-command-"));
const path = join(folder, "dojang.db");
const env = { DATABASE_URL: `sqlite:${path}`, DOJANG_DATA_KEY: DATA_KEY.toString("base64") };
let checkpoint = "";
before(async () => {
  await using store = await openSqliteStore({ path, clock: standingClock(), dataKey: DATA_KEY });
  for (const orderId of ["order_aa1", "주문 2"]) await writeAudit(store, orderId, auditOf(), auditOf());
  const made = await store.addCheckpoint();
  checkpoint = `${made?.number}:${made?.hash}`;
  await writeAudit(store, "order_aa1", auditOf());
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function verify(...args: readonly string[]) {
  // Without the data key: nobody needs it to check a chain.
  const command = runDojang(["audit", "verify", ...args], { DATABASE_URL: env.DATABASE_URL });
  const code = await command.ended;
  return { code, ...command.output };
}

/** Two of them tell of the sandbox's own operator, which each of its starts lets in anew. */
const SUMS = "  7  audit rows\n  3  chains\n  1  checkpoints\n  3  rows since the last checkpoint\n";

describe("dojang audit verify", () => {
  test("finds nothing beside a running server", async () => {
    await using server = await startServer(env);
    const { code, stdout } = await verify("--checkpoint", checkpoint);
    assert.equal(stdout, `\nEvery row is as it was written:\n${SUMS}  0  faults\n`);
    assert.equal(code, 0);
    await server.kill("SIGTERM");
  });

  test("R57-d names what was changed, one line each, and ends with 1", async () => {
    const db = new Database(path);
    db.exec("DROP TRIGGER audit_is_fixed");
    db.exec("UPDATE audit SET actor = 'nobody' WHERE merchant_uid = '주문 2' AND position = 1");
    db.close();
    const other = "0".repeat(64);
    const { code, stdout } = await verify("--checkpoint", `1:${other}`);
    assert.equal(code, 1);
    const [fault, logged, empty, head] = stdout.split("\n");
    assert.match(fault ?? "", /^order "주문 2", row 1: expected [0-9a-f]{64}, saw [0-9a-f]{64}$/);
    assert.equal(logged, `checkpoint 1, as logged: expected ${other}, saw ${checkpoint.slice(2)}`);
    assert.deepEqual([empty, head], ["", "NOT as it was written:"]);
  });

  test("says what it wants of its arguments and of the file", async () => {
    const run = async (args: readonly string[], database: string) => {
      const command = runDojang(args, { DATABASE_URL: `sqlite:${database}` });
      return [await command.ended, command.output.stderr];
    };
    const strange = join(folder, "strange.db");
    writeFileSync(strange, "text that is no database, and is long enough to be read as one".repeat(10));
    const how =
      "dojang: Cannot read the arguments: expected dojang audit verify [--checkpoint <number>:<hash>]\n";
    const hash = "dojang: Set --checkpoint to <number>:<hash> as the log shows them, 64 characters of hex\n";
    assert.deepEqual(
      await Promise.all([
        run(["audit"], path),
        run(["audit", "verify", "--checkpoint", "1:abc"], path),
        run(["audit", "verify"], join(folder, "none.db")),
        run(["audit", "verify"], strange),
      ]),
      [
        [1, how],
        [1, hash],
        [1, "dojang: Set DATABASE_URL to a database that exists\n"],
        [1, "dojang: Cannot verify the audit: file is not a database\n"],
      ],
    );
  });
});
