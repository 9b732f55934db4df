// Goal: of several hosts the one that can be written to is found, whichever stands first. Method: a real server, and beside it a port
// that nobody listens on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPool } from "../../src/storage/postgres/open-pool.ts";
import { freePort } from "../process/server-process.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";

test("openPool() finds the host that is there, wherever it stands", async () => {
  const url = await makeDatabase();
  const there = new URL(url).host;
  const nobody = `127.0.0.1:${await freePort()}`;
  for (const hosts of [`${nobody},${there}`, `${there},${nobody}`, `${nobody},${nobody},${there}`]) {
    const pool = openPool({ url: url.replace(there, hosts) });
    const one = { name: "", text: "SELECT 1 AS one", values: [] };
    const results = await Promise.all([1, 2, 3].map(() => pool.use((session) => session.run([one]))));
    assert.deepEqual(
      results.map(([result]) => result?.rows),
      [[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]],
      hosts,
    );
    await pool.close();
  }
  await dropDatabase(url);
});
