// R19: a bad payment is the payment's fault. Goal: no pair that fails a check ends, delays or unpays the order it names;
// the honest payment goes through before, between and after. Method: bad pairs of every kind, one and a thousand.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { assertOneAnswer, type Word } from "../support/forgery-wire.ts";

// Time stands still: no retry and no scheduled look adds a line.
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
after(() => world.close());

/** Every way in which a payment under the victim's own id can fail. */
const BAD: readonly {
  id: string;
  what: string;
  fields: NewPayment;
  word: Word;
  verdict?: string;
  opens?: string;
}[] = [
  {
    id: "R19-a",
    what: "a failed payment",
    fields: { status: "failed" },
    word: "failed",
    verdict: "observed",
  },
  {
    id: "R19-b",
    what: "a wrong amount",
    fields: { amount: 1 },
    word: "forgery",
    verdict: "rejected",
    opens: "amount_mismatch",
  },
  {
    id: "R19-c",
    what: "a wrong currency",
    fields: { currency: "VND" },
    word: "forgery",
    verdict: "rejected",
    opens: "currency_mismatch",
  },
  {
    id: "R19-d",
    what: "a cancelled payment",
    fields: { status: "cancelled" },
    word: "closed",
    verdict: "rejected",
  },
  {
    id: "R19-e",
    what: "a payment given back in part",
    fields: { status: "paid", cancel_amount: 1 },
    word: "closed",
    verdict: "rejected",
    opens: "cancelled_elsewhere",
  },
  { id: "R19-f", what: "an unknown status", fields: { raw: { status: '"void"' } }, word: "pending" },
  { id: "R19-g", what: "an unreadable answer", fields: { omit: ["amount"] }, word: "pending" },
  {
    id: "R19-h",
    what: "a payment of the other mode",
    fields: { sandbox: false },
    word: "forgery",
    verdict: "rejected",
    opens: "test_payment",
  },
  {
    id: "R19-i",
    what: "a window left open",
    fields: { status: "ready" },
    word: "pending",
    verdict: "observed",
  },
  {
    id: "R19-j",
    what: "a failed virtual account",
    fields: { status: "failed", pay_method: "vbank" },
    word: "failed",
    verdict: "observed",
  },
];

describe("POST /payments/complete with a bad payment for the victim's order", () => {
  for (const { id, what, fields, word, verdict, opens } of BAD) {
    test(`${id} ${what} leaves an open order open`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, fields);
      await scene.expectAnswer(word, { payment, order });
      const rows = verdict === undefined ? {} : { [payment.imp_uid]: verdict };
      const discrepancies = opens === undefined ? [] : [opens];
      await scene.expectStored(order, { status: "pending", payments: rows, discrepancies });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectStored(order, {
        status: "paid",
        paidBy: honest.imp_uid,
        payments: { ...rows, [honest.imp_uid]: "applied" },
        discrepancies,
      });
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });

    test(`${id} ${what} leaves a paid order paid`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const honest = await scene.expectHonestPaymentPays(order);
      const payment = scene.pay(order, fields);
      const answer = await scene.complete(payment, order);
      assert.notEqual(answer.body.status, "success", "only the payment that paid says so");
      const { order: row, events } = await scene.stored(order);
      assert.deepEqual([row.status, row.imp_uid, row.refunded_amount], ["paid", honest.imp_uid, 0]);
      assert.equal(events.filter((type) => type.startsWith("order.")).length, 2);
      await scene.expectAnswer("success", { payment: honest, order });
      await scene.expectNothingElse([honest, payment, honest].map((one) => scene.lookLine(one)));
    });

    test(`${id} ${what} leaves an order that waits for its deposit waiting`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const account = scene.pay(order, { pay_method: "vbank", status: "ready" });
      const shown = await scene.expectAnswer("vbankIssued", { payment: account, order });
      const payment = scene.pay(order, fields);
      await scene.complete(payment, order);
      const { order: row } = await scene.stored(order);
      assert.deepEqual(
        [row.status, row.virtual_account.vbank_num],
        ["awaiting_deposit", shown.body.vbank_num],
      );
      world.emulator.webhooks.auto = false;
      world.emulator.deposit(account.imp_uid);
      await scene.expectAnswer("success", { payment: account, order });
      assert.equal((await scene.stored(order)).order.status, "paid");
      await scene.expectNothingElse([account, payment, account].map((one) => scene.lookLine(one)));
    });
  }

  test("R19-k another order's payment and a payment that is not there leave the order as it was", async () => {
    const scene = await world.scene();
    const [order, other] = [await scene.order(), await scene.order({ amount: 100 })];
    const before = await scene.stored(order);
    const payment = scene.pay(other, { amount: 100 });
    await scene.expectAnswer("notFound", { payment, order });
    await scene.expectAnswer("pending", { payment: "imp_999999999999", order });
    assertUnchanged(before, await scene.stored(order));
    const honest = await scene.expectHonestPaymentPays(order);
    const looks = [payment.imp_uid, "imp_999999999999", honest.imp_uid].map((one) => scene.lookLine(one));
    await scene.expectNothingElse(looks);
  });

  test("R19-l a good payment in the midst of a hundred bad ones pays", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const bad = Array.from({ length: 100 }, (_, index) =>
      scene.pay(order, index % 2 === 0 ? { status: "failed" } : { amount: index }),
    );
    const good = scene.pay(order);
    const all = [...bad.slice(0, 50), good, ...bad.slice(50)];
    const answers = await Promise.all(all.map((payment) => scene.complete(payment, order)));
    for (const [index, answer] of answers.entries()) {
      const word = all[index] === good ? "success" : all[index]?.status === "failed" ? "failed" : "forgery";
      assertOneAnswer(answer, { word, merchantUid: order });
    }
    const { order: row } = await scene.stored(order);
    assert.deepEqual([row.status, row.imp_uid], ["paid", good.imp_uid]);
    await scene.expectNothingElse(all.map((payment) => scene.lookLine(payment)));
  });
});

const PAIRS = 1000;
const WIDTH = 20;

describe("a thousand bad pairs", () => {
  test("R19-m leave the order payable, and the good pair pays it", async () => {
    const scene = await world.scene();
    const [order, other] = [await scene.order(), await scene.order({ amount: 100 })];
    const failed = Array.from({ length: 40 }, () => scene.pay(order, { status: "failed" }));
    const wrong = Array.from({ length: 10 }, (_, index) => scene.pay(order, { amount: index + 1 }));
    const foreign = Array.from({ length: 10 }, () => scene.pay(other, { amount: 100 }));
    const kinds: readonly { word: Word; impUid: (round: number) => string }[] = [
      { word: "failed", impUid: (round) => failed[round % failed.length]?.imp_uid ?? "" },
      { word: "forgery", impUid: (round) => wrong[round % wrong.length]?.imp_uid ?? "" },
      { word: "notFound", impUid: (round) => foreign[round % foreign.length]?.imp_uid ?? "" },
      { word: "invalidRequest", impUid: (round) => `imp_${round}/../cancel` },
      { word: "pending", impUid: (round) => `imp_${String(round).padStart(12, "9")}` },
    ];
    const asked: string[] = [];
    for (let sent = 0; sent < PAIRS; sent += WIDTH) {
      const batch = Array.from({ length: WIDTH }, async (_, index) => {
        const { word = "failed" as const, impUid = () => "" } = kinds[index % kinds.length] ?? {};
        const payment = impUid((sent + index - (index % kinds.length)) / kinds.length);
        if (word !== "invalidRequest") asked.push(scene.lookLine(payment));
        await scene.expectAnswer(word, { payment, order });
      });
      await Promise.all(batch);
    }
    const { order: row } = await scene.stored(order);
    assert.deepEqual([row.status, row.imp_uid], ["pending", null]);
    assert.equal(row.payments.length, 20 + wrong.length, "attempts are counted, twenty are kept");
    assert.equal(row.discrepancies.length, wrong.length);
    const honest = await scene.expectHonestPaymentPays(order);
    asked.push(scene.lookLine(honest));
    await scene.expectStored(other, { status: "pending" });
    await scene.expectNothingElse(asked);
  });
});
