// Goal: all processes on one database share its clock, whatever their machines' say. Method: a machine that is ten minutes ahead, and is set
// back later.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openDatabaseClock } from "../../src/storage/postgres/open-database-clock.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openRelay } from "../support/open-relay.ts";
import { runSql } from "../support/postgres/start-postgres.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";

const AHEAD_MS = 600_000;
const AGAIN_MS = 30_000;
/** Far above what a question takes, far below what the machine is wrong by. */
const NEAR_MS = 10_000;
let url: string;
before(async () => {
  url = await makeDatabase();
});
after(() => dropDatabase(url));

async function databaseNow(): Promise<number> {
  const [row] = await runSql<{ now: string }>(
    url,
    "SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now",
  );
  return Number(row?.now);
}

const isNear = async (now: number) => Math.abs(now - (await databaseNow())) < NEAR_MS;

describe("openDatabaseClock()", () => {
  test("tells the database's time, and goes on with the machine's between two measures", async () => {
    const machine = new ManualClock(Date.now() + AHEAD_MS);
    await using clock = await openDatabaseClock(url, machine);
    assert.ok(await isNear(clock.now()));
    const now = clock.now();
    machine.advance(1_000);
    assert.equal(clock.now() - now, 1_000);
  });

  test("measures again every 30 s: a machine that was set back is wrong for no longer", async () => {
    const machine = new ManualClock(Date.now() + AHEAD_MS);
    await using clock = await openDatabaseClock(url, machine);
    machine.jump(-2 * AHEAD_MS);
    assert.ok(!(await isNear(clock.now())), "nobody tells of a clock that is set");
    machine.advance(AGAIN_MS);
    await until("it has measured again", () => isNear(clock.now()));
  });

  test("keeps what it measured last while the database is away, and measures again then", async () => {
    await using relay = await openRelay(url);
    const machine = new ManualClock(Date.now() + AHEAD_MS);
    await using clock = await openDatabaseClock(relay.url, machine);
    await relay.pull();
    const now = clock.now();
    machine.advance(AGAIN_MS);
    await until("it has tried in vain and will try again", () => machine.timerCount === 1);
    assert.equal(clock.now(), now + AGAIN_MS);
    machine.jump(-AHEAD_MS);
    await relay.plug();
    machine.advance(AGAIN_MS);
    await until("it has measured again", () => isNear(clock.now()));
  });

  test("refuses to begin without the database, in one line without the password", async () => {
    const away = new URL(url);
    away.port = "9";
    await assert.rejects(openDatabaseClock(away.href, new ManualClock()), (error: Error) => {
      assert.match(
        error.message,
        /^Cannot open the database postgres:\/\/dojang@127\.0\.0\.1:9\/\w+: .*ECONNREFUSED/,
      );
      return !error.message.includes(away.password);
    });
  });
});
