// Goal: an operator can tell with one command whether the rows are what they must be. Method: the real command on real databases of
// both engines, beside the running server, and again once something in them is changed.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { postgresOriginal, sqliteOriginal } from "../storage/db/damage.ts";
import { openRichDatabase, settingsOf } from "../support/rich-database.ts";
import { runDojang } from "./server-process.ts";

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const command = runDojang(["db", "check", ...args], env);
  const code = await command.ended;
  return { code, ...command.output };
}

const SUMS = `  8  orders
   7  payments
   2  refunds
   3  discrepancies
  27  events
  27  tasks
   2  hints
   6  audit
`;

for (const original of [sqliteOriginal(), await postgresOriginal()]) {
  describe(`dojang db check on ${original.engine}`, () => {
    after(() => original.remove());
    test("says that everything holds beside the server, and names what does not, with 1", async () => {
      const rich = await openRichDatabase(original.url);
      const { orders } = rich;
      const { code, stdout, stderr } = await run([], settingsOf(original.url));
      await rich[Symbol.asyncDispose]();
      assert.match(stdout, /^\nEverything holds:\n +[0-9]+ {2}rules checked\n +0 {2}do not hold\n/);
      assert.ok(stdout.endsWith(SUMS), stdout);
      assert.match(stderr, /\n100 %\n$/);
      assert.equal(code, 0);

      await using damaged = await original.copy();
      await damaged.run(`UPDATE payments SET amount_minor = 1, merchant_uid = merchant_uid
        WHERE merchant_uid = '${orders.paid}' AND verdict = 'applied'`);
      const found = await run([damaged.url]);
      assert.equal(found.code, 1);
      const [first, empty, head] = found.stdout.split("\n");
      assert.equal(
        first,
        `paid_in_full: the payment that paid an order has its amount and currency; not so: ${orders.paid}`,
      );
      assert.deepEqual([empty, head], ["", "NOT everything holds:"]);
      assert.match(found.stdout, /\nNothing that is sealed was opened: set DOJANG_DATA_KEY for that\.\n$/);

      const json = await run(["--json", damaged.url], settingsOf(original.url));
      const { ok, findings, rows, seals_opened } = JSON.parse(json.stdout);
      assert.deepEqual(
        [json.code, ok, findings[0].name, findings[0].ids, rows.orders, seals_opened],
        [1, false, "paid_in_full", [orders.paid], 8, true],
      );
    });
  });
}

test("dojang db check says what it wants of its arguments and of the database", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dojang-db-check-"));
  const results = await Promise.all([
    run([`sqlite:${join(folder, "none.db")}`]),
    run(["mysql://x"]),
    run(["--fix"]),
    run(["postgres://dojang:secret@127.0.0.1:1/dojang"]),
  ]);
  rmSync(folder, { recursive: true });
  const how =
    "dojang: Cannot read the arguments: expected dojang db check [sqlite:<path> | postgres://...] [--json]\n";
  assert.deepEqual(
    results.map(({ code, stderr }) => [code, stderr]),
    [
      [1, "dojang: Set DATABASE_URL to a database that exists\n"],
      [1, "dojang: Set DATABASE_URL to sqlite:<path> or postgres://...\n"],
      [1, how],
      [
        1,
        "dojang: Cannot open the database postgres://dojang@127.0.0.1:1/dojang: connect ECONNREFUSED 127.0.0.1:1\n",
      ],
    ],
  );
});
