// Goal: a server that cannot begin all of its work is no server: it ends with one line, so that whoever watches it starts it again. Method:
// the real command on a database that takes everything but what is written right after it listens.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import Database from "better-sqlite3";
import { systemClock } from "../../src/clock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import { runDojang } from "./server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-half-start-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const dataKey = Buffer.alloc(32, 3);

async function databaseThatRefuses(table: string): Promise<string> {
  const path = join(folder, `${table}.db`);
  await (await openSqliteStore({ path, clock: systemClock, dataKey })).close();
  const db = new Database(path);
  db.exec(`CREATE TRIGGER refused BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'not taken'); END`);
  db.close();
  return `sqlite:${path}`;
}

describe("dojang start", { concurrency: true }, () => {
  for (const [what, table] of [
    ["its sweeps cannot be planned", "tasks"],
    ["nobody can be let into the console of a sandbox", "operators"],
  ] as const)
    test(`ends with one line when ${what}`, async () => {
      const env = {
        PORT: "0",
        DATABASE_URL: await databaseThatRefuses(table),
        DOJANG_DATA_KEY: dataKey.toString("base64"),
      };
      await using server = runDojang(["start"], env);
      assert.equal(await server.ended, 1);
      assert.match(server.output.stderr, /^dojang: Cannot write: not taken$/m);
    });
});
