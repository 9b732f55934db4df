// Goal: a database that is only slow is not taken for one that is lost: whoever finds every connection in use is refused, and the
// server stays ready. Method: a pool of one connection, which is held.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { DojangError } from "../../src/errors.ts";
import { openPool } from "../../src/storage/postgres/open-pool.ts";
import { toStorageError } from "../../src/storage/postgres/postgres-error.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";

let url: string;
before(async () => {
  url = await makeDatabase();
});
after(() => dropDatabase(url));

test("openPool() stays ready, and on its host, while every connection is in use", async () => {
  const told: boolean[] = [];
  const deadlines = { connectMs: 200, answerMs: 10_000, quietMs: 60_000 };
  const pool = openPool({ url, size: 1, deadlines, onReady: (isReady) => told.push(isReady) });
  const release = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holder = pool.use(async () => {
    held.resolve();
    await release.promise;
  });
  await held.promise;
  const refused = await pool.use(async () => {}).catch(toStorageError);
  assert.equal((refused as DojangError).code, "storage_unavailable");
  assert.equal(pool.isReady, true);
  assert.deepEqual(told, []);
  release.resolve();
  await holder;
  await pool.use(async () => {});
  await pool.close();
});
