// R61: payments without an order. Goal: money for an id of ours is kept and shown, and pays its order as soon as that is there;
// a foreign payment leaves no trace; nobody waits or crashes. Method: payments for foreign, minted, claimed and
// mistyped ids, told by browser, webhook and look, before, while and after the order is registered.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { backUp } from "../../src/storage/sqlite/back-up.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { MINUTE_MS, SECOND_MS } from "../support/forgery-time.ts";
import { testEngine } from "../support/test-engine.ts";
import { until } from "../support/until.ts";
import { untilHintsDone } from "../support/until-hints-done.ts";

const world = await openWorld({ env: { DOJANG_MERCHANT_UID_PREFIX: "shop7-" } });
after(() => world.close());
const { store, orderIds } = world.dojang.dojang.deps;

/** An id that this server minted for an order that is not here: lost, or not yet registered. */
function lostId(): string {
  return orderIds.mint();
}

/** Has the gateway tell of the payment, and waits for the look. */
async function tell(scene: Scene, impUid: string, fields: Record<string, unknown> = {}): Promise<void> {
  const sent = await scene.emulator.webhooks.send(impUid, { fields });
  assert.deepEqual(
    sent.map(({ status }) => status),
    [200],
  );
  await untilHintsDone(scene.dojang, impUid);
}

/** Nothing of this payment is stored, and nothing under this id. */
async function expectNoTrace(impUid: string, merchantUid: string): Promise<void> {
  assert.equal(await store.findOrderOfPayment(impUid), undefined);
  assert.equal(await store.hasOrder(merchantUid), false);
  assert.deepEqual(await store.readTimeline(merchantUid), []);
}

async function register(scene: Scene, fields: Record<string, unknown>): Promise<void> {
  const body = { name: "감귤 5kg", amount: PRICE, ...fields };
  const answer = await scene.dojang.request("POST", "/v1/orders", { body });
  assert.equal(answer.status, 201, answer.text);
}

function mistyped(id: string): string {
  return id.slice(0, -1) + (id.endsWith("A") ? "B" : "A");
}

const FOREIGN: readonly { readonly id: string; readonly what: string; readonly merchantUid: () => string }[] =
  [
    { id: "R61-a", what: "an id of another system", merchantUid: () => "order_2026_000123" },
    { id: "R61-b", what: "an id with our letters and no tag of ours", merchantUid: () => mistyped(lostId()) },
    { id: "R61-c", what: "an id with spaces and Korean", merchantUid: () => "주문 1호" },
    { id: "R61-d", what: "an id that is markup", merchantUid: () => "<script>alert(1)</script>" },
    { id: "R61-e", what: "an id that is a path", merchantUid: () => "../users/pg?x=1#y" },
    { id: "R61-f", what: "a prefix much like ours", merchantUid: () => "shop7_000123" },
  ];

describe("a payment for a foreign order", () => {
  for (const { id, what, merchantUid } of FOREIGN) {
    test(`${id} ${what} leaves no trace`, async () => {
      const scene = await world.scene();
      const payment = scene.pay(merchantUid());
      const foreign = payment.merchant_uid;
      // Told with its own id it costs no look; told without, one.
      assert.equal(
        (await scene.dojang.webhook({ imp_uid: payment.imp_uid, merchant_uid: foreign })).status,
        200,
      );
      await tell(scene, payment.imp_uid, { merchant_uid: "" });
      await expectNoTrace(payment.imp_uid, foreign);
      const answer = await scene.complete(payment, foreign);
      assert.ok(answer.status === 404 || answer.status === 400, answer.text);
      const ours = await scene.order();
      await scene.expectAnswer("notFound", { payment, order: ours });
      assert.equal(scene.hasAlarm(payment), false);
      await scene.expectStored(ours, { status: "pending", events: ["order.registered"] });
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
    });
  }
});

/** Payments of no money: what a window for a lost id leaves. */
const NO_MONEY: readonly { readonly id: string; readonly what: string; readonly fields: NewPayment }[] = [
  { id: "R61-g", what: "an opened window", fields: { status: "ready" } },
  { id: "R61-h", what: "a failed payment", fields: { status: "failed" } },
  { id: "R61-i", what: "an answer without an amount", fields: { omit: ["amount"] } },
  { id: "R61-j", what: "an undocumented status", fields: { raw: { status: '"settled"' } } },
];

describe("a payment for an order of ours that is not here", () => {
  for (const { id, what, fields } of NO_MONEY) {
    test(`${id} ${what} leaves no trace`, async () => {
      const scene = await world.scene();
      const payment = scene.pay(lostId(), fields);
      await tell(scene, payment.imp_uid);
      await expectNoTrace(payment.imp_uid, payment.merchant_uid);
      await scene.expectAnswer("notFound", { payment, order: payment.merchant_uid });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }

  for (const { id, what, merchantUid } of [
    { id: "R61-k", what: "a minted id", merchantUid: lostId },
    { id: "R61-l", what: "an id with the claimed prefix", merchantUid: () => "shop7-000123" },
  ]) {
    test(`${id} ${what} is kept and shown, and pays the order once that is registered`, async () => {
      const scene = await world.scene();
      const payment = scene.pay(merchantUid());
      const { imp_uid, merchant_uid } = payment;
      await tell(scene, imp_uid);
      assert.equal(await store.findOrderOfPayment(imp_uid), merchant_uid);
      assert.deepEqual(
        (await store.readTimeline(merchant_uid)).map(({ type, data }) => `${type} ${data["kind"]}`),
        ["discrepancy.opened orphan"],
      );
      await scene.expectAnswer("notFound", { payment, order: merchant_uid });
      // Told again: one cause, one discrepancy.
      await tell(scene, imp_uid);
      assert.equal((await store.readTimeline(merchant_uid)).length, 1);
      await register(scene, { merchant_uid });
      await untilHintsDone(scene.dojang, imp_uid);
      await scene.expectStored(merchant_uid, {
        status: "paid",
        paidBy: imp_uid,
        payments: { [imp_uid]: "applied" },
        discrepancies: ["orphan"],
        events: ["discrepancy.opened", "order.registered", "order.paid", "discrepancy.resolved"],
      });
      await scene.expectAnswer("success", { payment, order: merchant_uid });
      await scene.expectNothingElse(Array.from({ length: 4 }, () => scene.lookLine(payment)));
    });
  }

  const OTHER_ORDERS = [
    { id: "R61-m", what: "a dearer order", fields: { amount: PRICE * 2 }, kind: "amount_mismatch" },
    { id: "R61-n", what: "a cheaper order", fields: { amount: 100 }, kind: "amount_mismatch" },
    {
      id: "R61-o",
      what: "an order in dollars",
      fields: { amount: 50, currency: "USD" },
      kind: "currency_mismatch",
    },
    {
      id: "R61-p",
      what: "an order for other means",
      fields: { allowed: { pay_methods: ["phone"] } },
      kind: "channel_mismatch",
    },
  ];
  for (const { id, what, fields, kind } of OTHER_ORDERS) {
    test(`${id} is not applied to ${what} that takes its id later`, async () => {
      const scene = await world.scene();
      const payment = scene.pay(lostId());
      const { imp_uid, merchant_uid } = payment;
      await tell(scene, imp_uid);
      await register(scene, { merchant_uid, ...fields });
      await untilHintsDone(scene.dojang, imp_uid);
      await scene.expectStored(merchant_uid, {
        status: "pending",
        payments: { [imp_uid]: "rejected" },
        discrepancies: ["orphan", kind],
      });
      await scene.expectAnswer("forgery", { payment, order: merchant_uid });
    });
  }

  test("R61-q of three of them one pays the order, the others are surplus", async () => {
    const scene = await world.scene();
    const merchant_uid = lostId();
    const payments = [scene.pay(merchant_uid), scene.pay(merchant_uid), scene.pay(merchant_uid)];
    for (const { imp_uid } of payments) await tell(scene, imp_uid);
    await register(scene, { merchant_uid });
    for (const { imp_uid } of payments) await untilHintsDone(scene.dojang, imp_uid);
    const { imp_uid: paidBy } = (await scene.stored(merchant_uid)).order;
    await scene.expectStored(merchant_uid, {
      status: "paid",
      paidBy,
      payments: Object.fromEntries(
        payments.map(({ imp_uid }) => [imp_uid, imp_uid === paidBy ? "applied" : "surplus"]),
      ),
      discrepancies: ["orphan", "orphan", "orphan", "surplus", "surplus"],
    });
  });

  test("R61-r one that was cancelled before the order came does not pay it", async () => {
    const scene = await world.scene();
    scene.emulator.webhooks.auto = false;
    const payment = scene.pay(lostId());
    const { imp_uid, merchant_uid } = payment;
    await tell(scene, imp_uid);
    scene.emulator.silentCancel(imp_uid);
    await register(scene, { merchant_uid });
    await untilHintsDone(scene.dojang, imp_uid);
    await scene.expectStored(merchant_uid, {
      status: "pending",
      payments: { [imp_uid]: "rejected" },
      discrepancies: ["orphan"],
    });
    await scene.expectHonestPaymentPays(merchant_uid);
  });

  test("R61-s twenty webhooks that meet the registration leave twenty paid orders", async () => {
    const scene = await world.scene();
    const payments = Array.from({ length: 20 }, () => scene.pay(lostId()));
    await Promise.all(
      payments.map(async ({ imp_uid, merchant_uid }, index) => {
        const telling = scene.emulator.webhooks.send(imp_uid);
        // Some earlier, some later: every turn of the loop is another meeting.
        for (let turn = 0; turn < index; turn += 1) await new Promise(setImmediate);
        await register(scene, { merchant_uid });
        await telling;
      }),
    );
    for (const { imp_uid, merchant_uid } of payments) {
      await untilHintsDone(scene.dojang, imp_uid);
      const { order, events } = await scene.stored(merchant_uid);
      assert.equal(`${order.status} ${order.imp_uid}`, `paid ${imp_uid}`);
      assert.equal(events.filter((type) => type === "order.paid").length, 1);
    }
    await scene.expectBystandersUnchanged();
  });

  test("R61-t an order that was lost with its database is found by its payment, and paid once it is back", async () => {
    await using emulator = await startEmulator();
    const { merchant_uid } = await (async () => {
      await using lost = await startTestDojang({ emulator });
      return (await lost.order()).body;
    })();
    await using dojang = await startTestDojang({ emulator });
    const { imp_uid } = emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
    await emulator.webhooks.send(imp_uid);
    await untilHintsDone(dojang, imp_uid);
    assert.equal(await dojang.dojang.deps.store.findOrderOfPayment(imp_uid), merchant_uid);
    assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "notFound");
    await dojang.order({ merchant_uid });
    await untilHintsDone(dojang, imp_uid);
    const { body: order } = await dojang.read(merchant_uid);
    assert.equal(`${order.status} ${order.imp_uid}`, `paid ${imp_uid}`);
  });
});

// R57: a backup is put back: what was paid since then is found by itself, or as soon as its order is there again.
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
