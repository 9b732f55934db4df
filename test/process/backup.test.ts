// Goal: a backup that is made beside a busy server is whole, and holds all that was answered before it began. Method: a store is
// written to without a pause while the real command copies it; the copy is opened as a server would.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { checkDatabase } from "../../src/storage/check-database.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/storage/store.ts";
import { registration, sampleOrder, standingClock } from "../storage/contract/samples.ts";
import { TEST_DATA_KEY } from "../support/engine.ts";
import { runDojang } from "./server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-backup-"));
const path = join(folder, "dojang.db");
after(() => rmSync(folder, { recursive: true, force: true }));

const open = (file: string) =>
  openSqliteStore({ path: file, clock: standingClock(), dataKey: TEST_DATA_KEY });

async function backup(args: readonly string[], url = `sqlite:${path}`) {
  const command = runDojang(["backup", ...args], { DATABASE_URL: url });
  const code = await command.ended;
  return { code, ...command.output };
}

let orders = 0;

/** Registers one order, answered when it is durable. */
async function register(store: Store): Promise<string> {
  orders += 1;
  const orderId = `order_${orders}`;
  await store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
  return orderId;
}

/** Large enough that the copy takes many steps. */
async function fill(store: Store): Promise<void> {
  const body = new Uint8Array(8_000).fill(65);
  const hint = { paymentId: "imp_1", contentType: "application/json", sourceAddress: "127.0.0.1", body };
  await Promise.all(Array.from({ length: 1_500 }, () => store.recordHint(hint, [])));
}

describe("dojang backup", () => {
  test("holds all that was answered before it began, and is whole, beside a store that is written to", async () => {
    await using store = await open(path);
    await fill(store);
    const before = await Promise.all(Array.from({ length: 50 }, () => register(store)));
    const copy = join(folder, "copy.db");
    let isOver = false;
    const copying = backup([copy]).finally(() => {
      isOver = true;
    });
    let writes = 0;
    while (!isOver) {
      await register(store);
      writes += 1;
    }
    const { code, stdout, stderr } = await copying;
    assert.equal(code, 0, stderr);
    assert.ok(writes > 10, "nothing was written meanwhile");
    assert.match(
      stdout,
      /copy\.db: [0-9]+ orders, [0-9]+\.[0-9] MiB, read as a whole\.\nThe data key is NOT in it/,
    );
    assert.match(stderr, /100 %\n$/);
    assert.equal(statSync(copy).mode & 0o777, 0o600);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("copy.db")),
      ["copy.db"],
    );
    const report = await checkDatabase(
      { kind: "sqlite", path: copy },
      { dataKey: TEST_DATA_KEY, onFinding: (finding) => assert.fail(finding.says), onProgress() {} },
    );
    assert.equal(report?.rows["hints"], 1_500);
    await using restored = await open(copy);
    for (const orderId of before) assert.ok(await restored.hasOrder(orderId), orderId);
    assert.ok(await register(restored), "it takes writes");
  });

  test("overwrites nothing, and leaves nothing where it cannot be made", async () => {
    const taken = join(folder, "taken.db");
    writeFileSync(taken, "mine");
    const noDatabase = join(folder, "no-database");
    writeFileSync(noDatabase, "text that is no database, and is long enough to be read as one".repeat(10));
    const results = await Promise.all([
      backup([taken]),
      backup([join(folder, "none", "copy.db")]),
      backup([join(folder, "a.db")], `sqlite:${join(folder, "none.db")}`),
      backup([join(folder, "b.db")], `sqlite:${noDatabase}`),
      backup([join(folder, "c.db")], "postgres://dojang@127.0.0.1:1/dojang"),
      backup([]),
    ]);
    assert.deepEqual(
      results.map(({ code, stderr }) => [code, stderr]),
      [
        `Cannot back up the database: ${JSON.stringify(taken)} is there already, and is not overwritten`,
        `Cannot back up the database: there is no folder ${JSON.stringify(join(folder, "none"))}`,
        "Set DATABASE_URL to a database that exists",
        "Cannot back up the database: file is not a database",
        "Cannot back up a PostgreSQL: use pg_dump --format=custom, or pg_basebackup and an archive of the WAL",
        "Cannot read the arguments: expected dojang backup <file>",
      ].map((line) => [1, `dojang: ${line}\n`]),
    );
    assert.equal(readFileSync(taken, "utf8"), "mine");
    assert.ok(!existsSync(join(folder, "b.db")));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith(".partial")),
      [],
    );
  });
});
