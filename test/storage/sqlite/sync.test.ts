import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import Database from "better-sqlite3";
import { GroupCommit } from "../../../src/storage/sqlite/group-commit.ts";
import { openSqliteStore, type SqliteFaults } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import type { Store } from "../../../src/storage/store.ts";
import { until } from "../../support/until.ts";
import { refusalCode, registration, sampleOrder, samplePayment, standingClock } from "../contract/samples.ts";

const DATA_KEY = new Uint8Array(32).fill(7);

async function tempFolder() {
  const folder = await mkdtemp(join(tmpdir(), "dojang-sync-"));
  const open = (
    faults: SqliteFaults = {},
    { name = "dojang.db", clock = standingClock(), elapsed = standingClock().now } = {},
  ) => openSqliteStore({ path: join(folder, name), clock, elapsed, dataKey: DATA_KEY, faults });
  return {
    folder,
    open,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function register(store: Store, orderId: string, sizeBytes = 0): Promise<string> {
  return store.transact({ orderId }, () => ({
    ...registration(sampleOrder({ orderId })),
    payments: [
      samplePayment({
        orderId,
        paymentId: `imp_${orderId}`,
        verdict: "observed",
        raw: "x".repeat(sizeBytes),
      }),
    ],
  }));
}

/** A disk that takes as long as the test wants. `held`: syncs that have not returned. */
function heldDisk() {
  const held: { readonly pass: () => void; readonly fail: (error: Error) => void }[] = [];
  let isSlow = true;
  const letGo = () => {
    isSlow = false;
    for (const { pass } of held.splice(0)) pass();
  };
  return {
    held,
    letGo,
    [Symbol.dispose]: letGo,
    aroundSync: async (sync: () => Promise<void>) => {
      if (isSlow) await new Promise<void>((pass, fail) => held.push({ pass, fail }));
      await sync();
    },
  };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol();
  // Longer than a turn of the event loop: whatever is ready by then has settled.
  const later = new Promise((resolve) => setImmediate(() => setImmediate(resolve, pending)));
  return (await Promise.race([promise.catch(() => {}), later])) !== pending;
}

describe("A sync of what was committed", () => {
  test("transact() answers after the sync of its own COMMIT, not after an earlier one", async () => {
    await using temp = await tempFolder();
    const disk = heldDisk();
    await using store = await temp.open(disk);
    using _held = disk; // let go first: the store waits for it
    const first = register(store, "first_001");
    await until("a sync is held", () => disk.held.length === 1);
    // A full batch does not wait for the disk: it is committed while the first sync runs.
    const others = Array.from({ length: 128 }, (_, index) => register(store, `other_${index}`));
    await until("the batch is committed", () => store.hasOrder("other_127"));
    assert.equal(await isSettled(first), false);

    disk.held.shift()?.pass();
    assert.equal(await first, "registered");
    await until("a sync is held", () => disk.held.length === 1);
    assert.equal(await isSettled(Promise.race(others)), false);
    disk.letGo();
    assert.equal((await Promise.all(others)).length, 128);
  });

  test("readOrder() tells what was committed once it is on the disk", async () => {
    await using temp = await tempFolder();
    const disk = heldDisk();
    await using store = await temp.open(disk);
    using _held = disk; // let go first: the store waits for it
    const write = register(store, "seen_0001");
    await until("a sync is held", () => disk.held.length === 1);
    const reads = [
      store.readOrder("seen_0001"),
      store.readTimeline("seen_0001"),
      store.readOrder("none_0001"),
    ];
    const look = store.transact({ orderId: "seen_0001" }, ({ version }) => ({ outcome: version }));
    for (const read of [...reads, look]) assert.equal(await isSettled(read), false);
    disk.letGo();
    assert.equal((await store.readOrder("seen_0001"))?.version, 1);
    assert.equal(await look, 1);
    await Promise.all([write, ...reads]);
  });

  test("isReady() says no while the disk does not answer, and nobody is made to wait for it", async () => {
    await using temp = await tempFolder();
    const disk = heldDisk();
    const clock = standingClock();
    const watch = standingClock();
    await using store = await temp.open(disk, { clock, elapsed: watch.now });
    using _held = disk; // let go first: the store waits for it
    const write = register(store, "stuck_001");
    await until("a sync is held", () => disk.held.length === 1);
    clock.advance(3_600_000); // set ahead meanwhile: that says nothing of the disk
    watch.advance(9_999);
    assert.equal(store.isReady(), true);
    watch.advance(1);
    assert.equal(store.isReady(), false);
    assert.equal(await refusalCode(register(store, "stuck_002")), "storage_unavailable");
    assert.equal(await refusalCode(store.readOrder("stuck_001")), "storage_unavailable");
    disk.letGo();
    assert.equal(await write, "registered");
    assert.equal(store.isReady(), true);
    assert.deepEqual([await store.hasOrder("stuck_001"), await store.hasOrder("stuck_002")], [true, false]);
  });

  test("GroupCommit takes no more while a checkpoint holds the writes and does not end", async () => {
    const clock = standingClock();
    const group = new GroupCommit({
      db: new Database(":memory:"),
      now: clock.now,
      soon: setImmediate,
      sync: async () => {},
      onBegin() {},
      onCommitted() {},
      onFatal: assert.fail,
    });
    const checkpoint = Promise.withResolvers<void>();
    group.hold(() => checkpoint.promise);
    const waiting = group.submit(() => "written");
    clock.advance(10_000);
    assert.equal(group.isOpen, false);
    assert.equal(await refusalCode(group.submit(() => "refused")), "storage_unavailable");
    checkpoint.resolve();
    assert.equal(await waiting, "written");
    assert.equal(group.isOpen, true);
  });

  test("transact() that writes nothing waits for no disk when all is on it", async () => {
    await using temp = await tempFolder();
    const disk = heldDisk();
    await using store = await temp.open(disk);
    using _held = disk; // let go first: the store waits for it
    assert.equal(await store.transact({ orderId: "empty_001" }, ({ version }) => ({ outcome: version })), 0);
    assert.equal(disk.held.length, 0);
  });

  test("transact() answers commit_outcome_unknown when the sync fails, and everybody after is refused", async () => {
    await using temp = await tempFolder();
    const disk = heldDisk();
    await using store = await temp.open(disk);
    using _held = disk; // let go first: the store waits for it
    const fatal: Error[] = [];
    store.onFatal((error) => fatal.push(error));
    const first = refusalCode(register(store, "first_001"));
    await until("a sync is held", () => disk.held.length === 1);
    const read = refusalCode(store.readOrder("first_001"));
    const others = Array.from({ length: 128 }, (_, index) => refusalCode(register(store, `other_${index}`)));
    await until("the batch is committed", () => store.hasOrder("other_127"));
    const last = refusalCode(register(store, "last_0001"));

    disk.held.shift()?.fail(new Error("EIO: i/o error, fdatasync"));
    assert.equal(await first, "commit_outcome_unknown");
    assert.deepEqual(new Set(await Promise.all(others)), new Set(["commit_outcome_unknown"]));
    assert.deepEqual([await read, await last], ["storage_unavailable", "storage_unavailable"]);
    assert.equal(store.isReady(), false);
    assert.equal(fatal.length, 1);
    assert.equal(await refusalCode(store.hasOrder("first_001")), "storage_unavailable");
  });

  test("close() waits for the sync under way", async () => {
    await using temp = await tempFolder();
    const disk = heldDisk();
    const store = await temp.open(disk);
    using _held = disk;
    const write = register(store, "last_0001");
    await until("a sync is held", () => disk.held.length === 1);
    const closed = store.close();
    assert.equal(await isSettled(closed), false);
    disk.letGo();
    assert.equal(await write, "registered");
    await closed;
  });

  // Goal: what was answered is in what a loss of power leaves. Method: right before each sync, the least that it brings to the disk is
  // copied: file and log as they are then. After every answer the newest copy whose sync had returned is opened as after a restart.
  test("transact() keeps every answered write when the power is lost", async () => {
    await using temp = await tempFolder();
    let copies = 0;
    let newest = -1;
    const aroundSync = async (sync: () => Promise<void>) => {
      const copy = copies++;
      // Nothing is written meanwhile but what the next sync is for: the next batch may be.
      for (const end of ["", "-wal"]) {
        await copyFile(join(temp.folder, `dojang.db${end}`), join(temp.folder, `copy-${copy}.db${end}`));
      }
      await sync();
      newest = copy;
    };
    await using store = await temp.open({ aroundSync });
    const answered: string[] = [];
    const lives: { readonly copy: number; readonly orders: readonly string[] }[] = [];
    for (let round = 0; round < 12; round += 1) {
      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const orderId = `power_${round}_${index}`;
          await register(store, orderId, 4_000);
          answered.push(orderId);
        }),
      );
      lives.push({ copy: newest, orders: [...answered] });
    }
    for (const { copy, orders } of lives.filter((_, round) => round % 4 === 3)) {
      await using after = await temp.open({}, { name: `copy-${copy}.db` });
      for (const orderId of orders) assert.equal((await after.readOrder(orderId))?.version, 1, orderId);
    }
  });

  test("its log is moved into the file while writes go on, and starts over", async () => {
    await using temp = await tempFolder();
    await using store = await temp.open();
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let index = 0; index < 75; index += 1) {
        await register(store, `log_${writer}_${index}`, 64_000);
      }
    });
    await Promise.all(writers);
    const [file = 0, log = 0] = await Promise.all(
      ["dojang.db", "dojang.db-wal"].map(async (name) => (await stat(join(temp.folder, name))).size),
    );
    const written = 600 * 64_000;
    assert.ok(file > written / 4, `${file} bytes are in the file`);
    assert.ok(log < written, `the log has grown to ${log} bytes`);
    assert.equal((await store.readOrder("log_7_74"))?.version, 1);
  });
});
