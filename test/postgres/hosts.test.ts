// Goal: a store writes only to a server that takes writes and keeps them. Method: a real standby before its primary, a database that is
// read-only, and servers that are set to lose what they answered.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openPostgresStore } from "../../src/storage/postgres/open-postgres-store.ts";
import { registration, sampleOrder } from "../storage/contract/samples.ts";
import { TEST_DATA_KEY } from "../support/engine.ts";
import { hasPostgresTool } from "../support/postgres/find-postgres.ts";
import { startPair } from "../support/postgres/start-pair.ts";
import { runSql, startPostgres } from "../support/postgres/start-postgres.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";

const open = (url: string) =>
  openPostgresStore({ url, clock: systemClock, dataKey: TEST_DATA_KEY, poolSize: 2 });
const place = (url: string) => new URL(url).host;
/** The same database, looked for at these places first. */
const behind = (url: string, ...places: readonly string[]) =>
  url.replace(place(url), [...places, place(url)].join(","));

let url: string;
before(async () => {
  url = await makeDatabase();
});
after(() => dropDatabase(url));

async function writes(target: string) {
  await using store = await open(target);
  const orderId = `order_${Math.random()}`;
  await store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
  assert.equal(store.isReady(), true);
}

describe("openPostgresStore() with several hosts", () => {
  test("skips a host where nobody listens", async () => {
    await writes(behind(url, "127.0.0.1:9"));
  });

  test("skips a standby, and keeps the primary's words when there is nothing else", {
    skip: hasPostgresTool("pg_basebackup") ? false : "pg_basebackup is not installed",
  }, async () => {
    await using pair = await startPair();
    await writes(behind(pair.first.adminUrl, place(pair.standbyUrl)));
    await assert.rejects(open(pair.standbyUrl), {
      code: "storage_unavailable",
      message:
        /^Cannot open the database postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres: The server takes no writes$/,
    });
  });

  test("refuses a database that is set to be read-only, until it is not", async () => {
    const name = new URL(url).pathname.slice(1);
    await runSql(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await assert.rejects(open(url), { message: /The server takes no writes/ });
    await runSql(
      url,
      `SET transaction_read_only = off; ALTER DATABASE ${name} RESET default_transaction_read_only`,
    );
    await writes(url);
  });
});

describe("openPostgresStore() on a server that loses what it answered", () => {
  test("refuses synchronous_commit = off, whoever sets it", async () => {
    const name = new URL(url).pathname.slice(1);
    await runSql(url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
    await assert.rejects(open(url), {
      code: "storage_unavailable",
      message: /expected synchronous_commit and fsync on, got off and on$/,
    });
    for (const level of ["local", "remote_write", "on", "remote_apply"]) {
      await runSql(url, `ALTER DATABASE ${name} SET synchronous_commit = ${level}`);
      await writes(url);
    }
  });

  test("refuses fsync = off", async () => {
    await using careless = await startPostgres({ settings: { fsync: "off" } });
    await assert.rejects(open(careless.adminUrl), { message: /got on and off$/ });
  });
});
