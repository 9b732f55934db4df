import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Decision } from "../../../src/domain/decision.ts";
import type { Payment } from "../../../src/domain/payment.ts";
import type { Engine } from "../../support/engine.ts";
import {
  application,
  peek,
  refusalCode,
  registration,
  SAMPLE_TIME,
  sampleOrder,
  samplePayment,
} from "./samples.ts";

/** What every engine loads for a decision, keeps of it, and refuses to keep. */
export function testAggregate(engine: Engine): void {
  describe(`Aggregate on ${engine.name}`, () => {
    test("transact() loads the applied payment, the one asked about and open accounts", async () => {
      await using opened = await engine.open();
      const orderId = "load_0001";
      const of = (paymentId: string, changes: Partial<Payment>) =>
        samplePayment({ orderId, paymentId, pgTransactionId: "same", ...changes });
      const order = sampleOrder({ orderId });
      await opened.store.transact({ orderId }, () => registration(order));
      await opened.store.transact({ orderId }, () => ({
        ...application(order, of("imp_applied", {})),
        payments: [
          of("imp_applied", {}),
          of("imp_open", { verdict: "held", status: "pending" }),
          of("imp_closed", { verdict: "held", status: "cancelled" }),
          of("imp_asked", { verdict: "rejected" }),
          of("imp_other", { verdict: "surplus" }),
        ],
      }));
      const loaded = async (paymentId?: string) =>
        (await peek(opened.store, paymentId === undefined ? { orderId } : { orderId, paymentId })).payments
          .map((payment) => payment.paymentId)
          .toSorted();
      assert.deepEqual(await loaded(), ["imp_applied", "imp_open"]);
      assert.deepEqual(await loaded("imp_asked"), ["imp_applied", "imp_asked", "imp_open"]);
      assert.deepEqual(await loaded("imp_applied"), ["imp_applied", "imp_open"]);
    });

    test("transact() tells of another payment with the same PG transaction", async () => {
      await using opened = await engine.open();
      const first = samplePayment({ orderId: "tid_00001", paymentId: "imp_1", pgTransactionId: "T1" });
      await opened.store.transact({ orderId: "tid_00001" }, () => ({ outcome: 0, payments: [first] }));
      const ask = (paymentId: string, id: string) =>
        peek(opened.store, { orderId: "tid_00002", paymentId, pgTransaction: { provider: "nice", id } });
      assert.deepEqual((await ask("imp_2", "T1")).sameTransaction, {
        paymentId: "imp_1",
        orderId: "tid_00001",
      });
      assert.equal((await ask("imp_1", "T1")).sameTransaction, undefined);
      assert.equal((await ask("imp_2", "T2")).sameTransaction, undefined);
    });

    test("transact() loads the causes of the payment asked about and of no payment", async () => {
      await using opened = await engine.open();
      const orderId = "cause_001";
      const opening = (cause: string, paymentId?: string) => ({
        kind: "surplus" as const,
        cause,
        evidence: {},
        ...(paymentId === undefined ? {} : { paymentId }),
      });
      await opened.store.transact({ orderId }, () => ({
        outcome: 0,
        discrepancies: [opening("general"), opening("of-1", "imp_1"), opening("of-2", "imp_2")],
      }));
      assert.deepEqual((await peek(opened.store, { orderId, paymentId: "imp_1" })).causes.toSorted(), [
        "general",
        "of-1",
      ]);
      assert.deepEqual((await peek(opened.store, { orderId })).causes, ["general"]);
    });

    test("transact() keeps every field of an order and of a payment", async () => {
      await using opened = await engine.open();
      const orderId = "full_0001";
      const account = {
        number: "110-234-567890",
        bank: "Shinhan",
        bankCode: "088",
        holder: "Dojang",
        dueAt: 9,
      };
      const payment = samplePayment({
        orderId,
        paymentId: "imp_full",
        amount: { text: "14.20", money: { amountMinor: 1_420, currency: "USD" } },
        cancelled: { text: "nonsense" },
        currency: "USD",
        customerUid: "uid",
        customerUidUsage: "issue",
        promotionId: "promo",
        account,
        failedAt: 1,
        cancelledAt: 2,
        failReason: "거절\n두 줄",
        receiptUrl: "https://pg.example/receipt",
        faults: ["paid_at"],
        raw: '{"a":\n"한글 \u0000 \\u0000"}\n',
        regressionSeenAt: 3,
        missingSeenAt: 4,
      });
      const order = sampleOrder({
        orderId,
        amount: { amountMinor: 1_420, currency: "USD" },
        taxFree: { amountMinor: 0, currency: "USD" },
        vatAmount: { amountMinor: 129, currency: "USD" },
        refunded: { amountMinor: 0, currency: "USD" },
        customer: { id: "c-1", name: "홍길동", email: "Hong@Example.com", tel: "+82 10-1234-5678" },
        isPayByGiven: true,
        returnUrl: "https://shop.example/done?x=1",
        metadata: { cart: "7", 한글: "값" },
        allowed: { payMethods: ["card"], channels: ["nice:nictest04m"] },
        paidBy: payment.paymentId,
        paidAt: SAMPLE_TIME,
        status: "paid",
        account: { ...account, paymentId: payment.paymentId },
      });
      await opened.store.transact({ orderId }, () => ({ outcome: 0, order, payments: [payment] }));
      const store = await opened.reopen();
      const view = await store.readOrder(orderId);
      assert.deepEqual(view?.order, order);
      assert.deepEqual(view?.payments, [payment]);
      const { order: loaded, payments } = await peek(store, { orderId });
      assert.deepEqual([loaded, payments], [order, [payment]]);
    });

    test("transact() keeps absent fields absent", async () => {
      await using opened = await engine.open();
      const orderId = "bare_0001";
      const {
        sandbox,
        payMethod,
        pgProvider,
        pgMerchantId,
        pgTransactionId,
        startedAt,
        paidAt,
        appliedAt,
        ...rest
      } = samplePayment({ orderId, paymentId: "imp_bare", verdict: "rejected" });
      const order = sampleOrder({ orderId, customer: {} });
      await opened.store.transact({ orderId }, () => ({ outcome: 0, order, payments: [rest] }));
      const view = await opened.store.readOrder(orderId);
      assert.deepEqual(view?.order, order);
      assert.deepEqual(view?.payments, [rest]);
    });

    test("transact() replaces a payment that it did not load", async () => {
      await using opened = await engine.open();
      const orderId = "again_001";
      const write = (payment: Payment) =>
        opened.store.transact({ orderId }, () => ({ outcome: 0, payments: [payment] }));
      const first = samplePayment({
        orderId,
        paymentId: "imp_again",
        verdict: "observed",
        status: "pending",
      });
      await write(first);
      await write({ ...first, status: "failed", statusText: "failed", verdict: "rejected" });
      const { version, payments } = await peek(opened.store, { orderId, paymentId: "imp_again" });
      assert.equal(version, 2);
      assert.deepEqual(
        payments.map(({ status }) => status),
        ["failed"],
      );
    });

    test("transact() takes ids of a gateway as any text", async () => {
      await using opened = await engine.open();
      for (const orderId of ["주문 1", "a'b\"c;--", "x".repeat(4_000), "tab\tend", "half \ud800 pair"]) {
        const paymentId = `imp:${orderId}`;
        const payment = samplePayment({ orderId, paymentId });
        await opened.store.transact({ orderId, paymentId }, () => ({ outcome: 0, payments: [payment] }));
        const { payments } = await peek(opened.store, { orderId, paymentId });
        // Half a pair has no bytes of its own in UTF-8.
        assert.equal(payments[0]?.raw, payment.raw.toWellFormed(), JSON.stringify(orderId).slice(0, 30));
      }
    });
  });
  describe(`Refusals on ${engine.name}`, () => testRefusals(engine));
}

/** A decision that breaks one of these is our bug: its caller is refused and nothing of it is written. */
function testRefusals(engine: Engine): void {
  const orderId = "frozen_01";
  const order = sampleOrder({ orderId, customer: { id: "c" }, metadata: { a: "1" } });
  const payment = samplePayment({ orderId, paymentId: "imp_frozen" });
  const paid = { ...order, ...application(order, payment).order };
  const usd = { amountMinor: 50_000, currency: "USD" as const };
  const refused: readonly (readonly [string, Omit<Decision<0>, "outcome">])[] = [
    ["the amount", { order: { ...paid, amount: { amountMinor: 1, currency: "KRW" } } }],
    ["the currency", { order: { ...paid, amount: usd, refunded: { ...usd, amountMinor: 0 } } }],
    ["the name", { order: { ...paid, name: "Gold, 1 bar" } }],
    ["the customer", { order: { ...paid, customer: { id: "d" } } }],
    ["the metadata", { order: { ...paid, metadata: { a: "2" } } }],
    ["pay_by", { order: { ...paid, payBy: paid.payBy + 1 } }],
    ["created_at", { order: { ...paid, createdAt: paid.createdAt + 1 } }],
    ["the payer", { order: { ...paid, paidBy: "imp_second" } }],
    ["the state back to pending", { order: { ...paid, status: "pending" } }],
    [
      "the refund to less than nothing",
      { order: { ...paid, refunded: { amountMinor: -1, currency: "KRW" } } },
    ],
    ["a second applied payment", { payments: [samplePayment({ orderId, paymentId: "imp_second" })] }],
    [
      "a payment of another order",
      { payments: [samplePayment({ orderId: "other_001", paymentId: "imp_o" })] },
    ],
    [
      "a cancelled amount that falls",
      { payments: [{ ...payment, cancelled: { text: "-1", money: { amountMinor: -1, currency: "KRW" } } }] },
    ],
    [
      "an amount in another currency than the payment's",
      { payments: [{ ...payment, amount: { text: "1", money: usd } }] },
    ],
  ];
  for (const [what, decision] of refused) {
    test(`transact() refuses a decision that writes ${what}`, async () => {
      await using opened = await engine.open();
      await opened.store.transact({ orderId }, () => registration(order));
      await opened.store.transact({ orderId }, () => application(order, payment));
      const before = await opened.store.readOrder(orderId);
      const events = [{ type: "order.cancelled" as const, data: {} }];
      const code = await refusalCode(
        opened.store.transact({ orderId }, () => ({ outcome: 0, ...decision, events })),
      );
      assert.equal(code, "internal_error");
      assert.deepEqual(await opened.store.readOrder(orderId), before);
      assert.equal((await opened.store.readTimeline(orderId)).length, 2);
      assert.equal(opened.store.isReady(), true);
    });
  }

  const notRegistered: readonly (readonly [string, Parameters<typeof sampleOrder>[0]])[] = [
    ["no amount", { orderId, amount: { amountMinor: 0, currency: "KRW" } }],
    ["a paid state without a payer", { orderId, status: "paid" }],
    ["a payer that is not stored", { orderId, status: "paid", paidBy: "imp_nowhere" }],
  ];
  for (const [what, changes] of notRegistered) {
    test(`transact() refuses an order with ${what}`, async () => {
      await using opened = await engine.open();
      const code = await refusalCode(
        opened.store.transact({ orderId }, () => registration(sampleOrder(changes))),
      );
      assert.equal(code, "internal_error");
      assert.equal(await opened.store.hasOrder(orderId), false);
      assert.equal((await peek(opened.store, { orderId })).version, 0);
    });
  }
}
