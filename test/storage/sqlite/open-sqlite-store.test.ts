import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import Database from "better-sqlite3";
import { openSqliteStore, type SqliteFaults } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { application, registration, sampleOrder, samplePayment, standingClock } from "../contract/samples.ts";

const DATA_KEY = new Uint8Array(32).fill(7);

async function tempFolder() {
  const folder = await mkdtemp(join(tmpdir(), "dojang-sqlite-"));
  const path = join(folder, "deep", "er", "dojang.db");
  return {
    folder,
    path,
    open: (faults: SqliteFaults = {}, at = path) =>
      // A clock that stands still: no batch is cut short on a slow machine.
      openSqliteStore({
        path: at,
        clock: standingClock(),
        elapsed: standingClock().now,
        dataKey: DATA_KEY,
        faults,
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function register(store: Awaited<ReturnType<typeof openSqliteStore>>, orderId: string) {
  return store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
}

describe("openSqliteStore()", () => {
  test("openSqliteStore() makes its folder and files for their owner alone", async () => {
    await using temp = await tempFolder();
    await using store = await temp.open();
    await register(store, "modes_001");
    const folder = join(temp.folder, "deep", "er");
    const files = await readdir(folder);
    assert.deepEqual(files.toSorted(), ["dojang.db", "dojang.db-shm", "dojang.db-wal", "dojang.db.lock"]);
    for (const file of files) assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  test("openSqliteStore() refuses a second store that comes by another name of the file", async () => {
    await using temp = await tempFolder();
    await using store = await temp.open();
    const alias = join(temp.folder, "link.db");
    await symlink(temp.path, alias);
    await assert.rejects(temp.open({}, alias), /is held by another process/);
    await register(store, "linked_01");
  });

  test("openSqliteStore() refuses a file that has a second name", async () => {
    await using temp = await tempFolder();
    await (await temp.open()).close();
    const other = join(temp.folder, "hard.db");
    await link(temp.path, other);
    for (const at of [temp.path, other]) await assert.rejects(temp.open({}, at), /second name/);
  });

  test("openSqliteStore() gives tasks back that a killed process held, without waiting for its lease", async () => {
    await using temp = await tempFolder();
    const look = {
      kind: "look",
      key: "look:leased_01",
      repeat: "again",
      dueAt: 0,
      orderId: "leased_01",
    } as const;
    const claim = { limit: 5, leaseMs: 60_000 };
    {
      await using store = await temp.open();
      await store.addTasks([look]);
      assert.equal((await store.claimTasks(claim)).length, 1);
      assert.equal((await store.claimTasks(claim)).length, 0);
    }
    await using store = await temp.open();
    assert.deepEqual(
      (await store.claimTasks(claim)).map(({ key }) => key),
      ["look:leased_01"],
    );
  });

  test("openSqliteStore() ends with an error where no folder can be made", {
    skip: !existsSync("/proc"),
  }, async () => {
    await using temp = await tempFolder();
    await assert.rejects(
      temp.open({}, "/proc/nowhere/dojang.db"),
      /Cannot open the database \/proc\/nowhere\/dojang\.db/,
    );
  });

  test("openSqliteStore() names the file that it cannot open", async () => {
    await using temp = await tempFolder();
    const notAFolder = join(temp.folder, "file");
    await writeFile(notAFolder, "text");
    const folder = join(temp.folder, "folder");
    await mkdir(folder, { mode: 0o750 });
    for (const at of [join(notAFolder, "dojang.db"), folder]) {
      await assert.rejects(temp.open({}, at), (error: Error & { code?: string }) => {
        assert.equal(error.code, "storage_unavailable");
        assert.ok(error.message.startsWith(`Cannot open the database ${at}: `), error.message);
        return true;
      });
    }
    assert.equal((await stat(folder)).mode & 0o777, 0o750);
  });

  test("openSqliteStore() lets go of the lock when it cannot open", async () => {
    await using temp = await tempFolder();
    await mkdir(join(temp.folder, "deep", "er"), { recursive: true });
    new Database(temp.path).exec("CREATE TABLE theirs (a)").close();
    await assert.rejects(temp.open(), /it is not a database of Dojang/);
    await rm(temp.path);
    await using store = await temp.open();
    assert.equal(store.isReady(), true);
  });

  test("transact() shares one COMMIT among all that wait and bounds the batch", async () => {
    await using temp = await tempFolder();
    let commits = 0;
    const aroundCommit = (commit: () => void) => {
      commits += 1;
      commit();
    };
    await using store = await temp.open({ aroundCommit });
    await register(store, "alone_001");
    assert.equal(commits, 1);
    await Promise.all(Array.from({ length: 128 }, (_, index) => register(store, `shared_${index}`)));
    assert.equal(commits, 2);
    await Promise.all(Array.from({ length: 129 }, (_, index) => register(store, `bounded_${index}`)));
    assert.equal(commits, 4);
  });

  test("transact() cuts a batch after 5 ms of work", async () => {
    await using temp = await tempFolder();
    const clock = standingClock();
    let commits = 0;
    const aroundCommit = (commit: () => void) => {
      commits += 1;
      commit();
    };
    const options = {
      path: temp.path,
      clock,
      elapsed: clock.now,
      dataKey: DATA_KEY,
      faults: { aroundCommit },
    };
    await using store = await openSqliteStore(options);
    const slow = (index: number) =>
      store.transact({ orderId: `slow_${index}` }, () => {
        clock.advance(2);
        return { outcome: index };
      });
    await Promise.all([0, 1, 2, 3, 4].map(slow));
    assert.equal(commits, 2);
  });

  test("transact() answers storage_unavailable while another program locks the file, and goes on after", async () => {
    await using temp = await tempFolder();
    await using store = await temp.open();
    const other = new Database(temp.path);
    other.exec("BEGIN IMMEDIATE");
    await assert.rejects(register(store, "locked_01"), { code: "storage_unavailable" });
    assert.equal(store.isReady(), true);
    other.exec("ROLLBACK");
    other.close();
    assert.equal(await register(store, "locked_01"), "registered");
  });

  test("close() leaves a whole database that holds no log", async () => {
    await using temp = await tempFolder();
    const store = await temp.open();
    await register(store, "whole_001");
    await store.close();
    await store.close();
    const files = await readdir(join(temp.folder, "deep", "er"));
    assert.deepEqual(files.toSorted(), ["dojang.db", "dojang.db.lock"]);
    const db = new Database(temp.path, { readonly: true });
    assert.equal(db.pragma("integrity_check", { simple: true }), "ok");
    db.close();
  });

  // Goal: a COMMIT that really fails. Method: a process of its own may write files up to a size only; what was answered must be
  // in the file afterwards, and every caller must have had an answer.
  test("transact() answers commit_outcome_unknown when the disk refuses the log", async (context) => {
    if (process.platform === "win32") return context.skip("needs ulimit");
    await using temp = await tempFolder();
    const script = new URL("./full-disk-process.ts", import.meta.url).pathname;
    const child = spawn(
      "sh",
      ["-c", `trap '' XFSZ; ulimit -f 3000; exec "$0" "$@"`, process.execPath, script, temp.path],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    const [code] = await once(child, "close");
    assert.equal(code, 0, output);
    const { answered, refusals, isReady, fatal } = JSON.parse(output);
    assert.ok(answered.length > 0);
    assert.deepEqual(refusals, ["commit_outcome_unknown"]);
    assert.equal(isReady, false);
    assert.deepEqual(fatal, ["commit_outcome_unknown"]);
    await using store = await temp.open();
    for (const orderId of answered) assert.equal(await store.hasOrder(orderId), true, orderId);
    const db = new Database(temp.path, { readonly: true });
    assert.equal(db.pragma("integrity_check", { simple: true }), "ok");
    db.close();
  });
});

describe("The schema", () => {
  const forbidden = [
    "UPDATE orders SET amount_minor = 1",
    "UPDATE orders SET currency = 'USD'",
    "UPDATE orders SET name = 'x'",
    "UPDATE orders SET created_at = 1",
    "UPDATE orders SET pay_by = 1",
    "UPDATE orders SET customer_id = 'x'",
    "UPDATE orders SET allowed = '{}'",
    "UPDATE orders SET paid_by = NULL",
    "UPDATE orders SET status = 'pending'",
    "UPDATE orders SET status = 'shipped'",
    "UPDATE orders SET refunded_minor = 0.5",
    "UPDATE payments SET cancelled_minor = -1",
    "UPDATE payments SET verdict = 'fine'",
    "UPDATE payments SET merchant_uid = 'nowhere'",
    "UPDATE aggregates SET version = version + 2",
    "UPDATE aggregates SET version = version - 1",
    "UPDATE events SET merchant_uid = 'nowhere'",
    "INSERT INTO aggregates VALUES ('', 1, 0, NULL)",
    "DELETE FROM orders",
    "DELETE FROM payments",
    "DELETE FROM events",
    "DELETE FROM aggregates",
    "DELETE FROM discrepancies",
  ];
  for (const sql of forbidden) {
    test(`${sql} is refused by the database itself`, async () => {
      await using temp = await tempFolder();
      let db: Database.Database | undefined;
      await using store = await temp.open({
        onConnect(connection) {
          db = connection;
        },
      });
      const orderId = "schema_01";
      const order = sampleOrder({ orderId, customer: { id: "c" } });
      await store.transact({ orderId }, () => registration(order));
      const decision = application(order, samplePayment({ orderId, paymentId: "imp_schema" }));
      const discrepancies = [{ kind: "surplus" as const, cause: "c", evidence: {} }];
      await store.transact({ orderId }, () => ({ ...decision, discrepancies }));
      const before = await store.readOrder(orderId);
      assert.throws(() => db?.exec(sql), /CHECK|FOREIGN KEY|cannot store|fixed|never|rises|written once/);
      assert.deepEqual(await store.readOrder(orderId), before);
    });
  }

  test("its ids compare byte by byte", async () => {
    const folder = new URL("../../../src/storage/migrations/sqlite/", import.meta.url);
    const sql = await readFile(new URL("0001-orders-payments-tasks.sql", folder), "utf8");
    for (const line of sql
      .split("\n")
      .filter((text) => /^ {2}(merchant_uid|imp_uid|customer_id|key) /.test(text))) {
      assert.match(line, /COLLATE BINARY/);
    }
  });
});
