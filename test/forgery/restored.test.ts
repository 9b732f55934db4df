// R57: a backup is put back. Goal: what was paid after the backup was made is found again, by itself where the order is in the backup, and
// as soon as the order is there where it is not. Method: the real backup of a running server, payments after it, and a server on the copy.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { backUp } from "../../src/storage/sqlite/back-up.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { PRICE } from "../support/forgery.ts";
import { MINUTE_MS, SECOND_MS } from "../support/forgery-time.ts";
import { testEngine } from "../support/test-engine.ts";
import { until } from "../support/until.ts";

// PostgreSQL is put back by its own tools.
describe("a backup that is put back", { skip: testEngine() === "postgres" }, () => {
  test("R57-c ten minutes old: every payment since then is found", async () => {
    const clock = new ManualClock();
    await using emulator = await startEmulator({ now: () => clock.now() });
    emulator.webhooks.auto = false;
    const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), "dojang-restored-")));
    const [before = "", after = ""] = folders;
    const first = await startTestDojang({ emulator, clock, folder: before });
    const paid = async ({ dojang, merchant_uid }: { dojang: TestDojang; merchant_uid: string }) => {
      const { imp_uid } = emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
      assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "success");
      return { imp_uid, merchant_uid };
    };
    const known = await Promise.all(
      Array.from({ length: 5 }, async () => (await first.order()).body.merchant_uid),
    );
    const onProgress = () => {};
    await backUp(join(before, "dojang.db"), { to: join(after, "dojang.db"), onProgress });
    clock.advance(10 * MINUTE_MS);
    for (const merchant_uid of known) await paid({ dojang: first, merchant_uid });
    const lost = await paid({ dojang: first, merchant_uid: (await first.order()).body.merchant_uid });
    await first.close();

    const second = await startTestDojang({ emulator, clock, folder: after, sweeps: true });
    for (const merchant_uid of known) {
      await until(`${merchant_uid} is paid again`, async () => {
        clock.advance(SECOND_MS);
        return (await second.read(merchant_uid)).body.status === "paid";
      });
    }
    // The order that nobody knows any more is not dropped with its money: it is shown, and paid once it is there again.
    const { store } = second.dojang.deps;
    await until("the lost one is shown", async () => {
      clock.advance(SECOND_MS);
      const { discrepancies } = await store.listDiscrepancies({ kind: "orphan", limit: 10 });
      return discrepancies.some(({ orderId }) => orderId === lost.merchant_uid);
    });
    await second.order({ merchant_uid: lost.merchant_uid });
    await until("it is paid", async () => {
      clock.advance(SECOND_MS);
      return (await second.read(lost.merchant_uid)).body.imp_uid === lost.imp_uid;
    });
    await second.close();
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
});
