import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Payment } from "../../../src/domain/payment.ts";
import type { Refund } from "../../../src/domain/refund.ts";
import type { Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engine.ts";
import { application, peek, registration, SAMPLE_TIME, sampleOrder, samplePayment } from "./samples.ts";

const ORDER_ID = "refunds_01";
const IDS = { orderId: ORDER_ID, paymentId: "imp_refunds" };
const id = (n: number) => `rfd_${String(n).padStart(24, "0")}`;

function sampleRefund(changes: Partial<Refund> = {}): Refund {
  return {
    ...IDS,
    refundId: id(1),
    amount: { amountMinor: 20_000, currency: "KRW" },
    reason: "SENTINELWHY",
    retainsPromotion: false,
    fingerprint: "print",
    actor: "default",
    state: "requested",
    requestedAt: SAMPLE_TIME,
    sends: 0,
    ...changes,
  };
}

const ALL_FIELDS: Partial<Refund> = {
  taxFree: { amountMinor: 100, currency: "KRW" },
  vatAmount: { amountMinor: 0, currency: "KRW" },
  requester: "customer",
  retainsPromotion: true,
  account: { bank: "88", number: "SENTINELNUMBER", holder: "SENTINELHOLDER", tel: "SENTINELTEL" },
  discrepancyId: "dsc_1",
};

async function paidOrder(store: Store): Promise<void> {
  const order = sampleOrder({ orderId: ORDER_ID });
  await store.transact(IDS, () => registration(order));
  await store.transact(IDS, () => application(order, samplePayment(IDS)));
}

function write(store: Store, ...refunds: readonly Refund[]): Promise<void> {
  return store.transact(IDS, () => ({ outcome: undefined, refunds }));
}

/** What every engine promises of refunds. */
export function testRefunds(engine: Engine): void {
  describe(`Refunds on ${engine.name}`, () => {
    test("transact() keeps every field of a refund, and each change of what may change", async () => {
      await using opened = await engine.open();
      await paidOrder(opened.store);
      const refund = sampleRefund(ALL_FIELDS);
      await write(opened.store, refund);
      assert.deepEqual((await peek(opened.store, IDS)).refunds, [refund]);
      const sent: Refund = {
        ...refund,
        state: "unknown",
        sends: 2,
        sentAt: SAMPLE_TIME + 1,
        acceptedAt: SAMPLE_TIME + 2,
        cancelledBeforeMinor: 0,
      };
      await write(opened.store, sent);
      const store = await opened.reopen();
      assert.deepEqual((await store.readOrder(ORDER_ID))?.refunds, [sent]);
      const { sentAt: _, acceptedAt: __, ...unsent } = sent;
      await write(store, unsent);
      assert.deepEqual((await peek(store, IDS)).refunds, [unsent]);
      const failure = { code: "gateway_refused", message: "한도초과" };
      const failed: Refund = { ...unsent, state: "failed", finishedAt: SAMPLE_TIME + 3, failure };
      await write(store, failed);
      assert.deepEqual((await peek(store, IDS)).refunds, [failed]);
      const { failure: ___, ...rest } = failed;
      await write(store, { ...rest, state: "succeeded" });
      assert.equal((await peek(store, IDS)).refunds[0]?.state, "succeeded");
    });

    test("transact() shows refunds in the order in which they were asked for", async () => {
      await using opened = await engine.open();
      await paidOrder(opened.store);
      const amount = { amountMinor: 1, currency: "KRW" } as const;
      for (const [n, at] of [
        [3, 0],
        [1, 1],
        [2, 2],
      ] as const)
        await write(opened.store, sampleRefund({ refundId: id(n), amount, requestedAt: SAMPLE_TIME + at }));
      const { refunds } = await peek(opened.store, IDS);
      assert.deepEqual(
        refunds.map(({ refundId }) => refundId),
        [id(3), id(1), id(2)],
      );
    });

    test("transact() refuses refunds above the payment, those that failed left out", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      await paidOrder(store);
      const most = { amountMinor: 50_001, currency: "KRW" } as const;
      await assert.rejects(write(store, sampleRefund({ amount: most })));
      await write(store, sampleRefund());
      const rest = { amountMinor: 30_001, currency: "KRW" } as const;
      await assert.rejects(write(store, sampleRefund({ refundId: id(2), amount: rest })));
      const failure = { code: "x", message: "" };
      await write(store, sampleRefund({ state: "failed", finishedAt: SAMPLE_TIME, failure }));
      await write(store, sampleRefund({ refundId: id(2), amount: rest }));
      assert.equal((await peek(store, IDS)).refunds.length, 2);
    });

    const STATES: readonly (readonly [string, Partial<Refund>, Partial<Refund>])[] = [
      ["one that succeeded failed", done("succeeded"), done("failed")],
      ["one that succeeded unknown", done("succeeded"), { state: "unknown" }],
      ["one that failed requested", done("failed"), { state: "requested" }],
      ["one that was sent requested", { state: "unknown" }, { state: "requested" }],
      ["an end without a time", {}, { state: "succeeded" }],
      ["another amount", {}, { amount: { amountMinor: 1, currency: "KRW" } }],
      ["another fingerprint", {}, { fingerprint: "other" }],
    ];
    for (const [what, before, after] of STATES) {
      test(`transact() never makes of a refund ${what}`, async () => {
        await using opened = await engine.open();
        await paidOrder(opened.store);
        await write(opened.store, sampleRefund());
        await write(opened.store, sampleRefund(before));
        const { refunds } = await peek(opened.store, IDS);
        await assert.rejects(
          write(opened.store, sampleRefund(after)).then(async () => {
            // What is fixed is not written again at all: then it must be as it was.
            assert.notDeepEqual((await peek(opened.store, IDS)).refunds, refunds);
          }),
        );
        assert.deepEqual((await peek(opened.store, IDS)).refunds, refunds);
      });
    }

    test("transact() gives one id to one refund, whichever order it is of", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      await paidOrder(store);
      await write(store, sampleRefund());
      const other = { orderId: "refunds_02", paymentId: "imp_refunds_2" };
      const order = sampleOrder({ orderId: other.orderId });
      await store.transact(other, () => registration(order));
      await store.transact(other, () => application(order, samplePayment(other)));
      await assert.rejects(store.transact(other, () => ({ outcome: 0, refunds: [sampleRefund(other)] })));
      await assert.rejects(store.transact(other, () => ({ outcome: 0, refunds: [sampleRefund()] })));
    });

    test("dump() holds neither why money goes back nor where to, nor the PG's words", async () => {
      await using opened = await engine.open();
      await paidOrder(opened.store);
      await write(opened.store, sampleRefund(ALL_FIELDS));
      const failure = { code: "gateway_refused", message: "SENTINELWORDS" };
      const refund = sampleRefund({
        refundId: id(2),
        state: "failed",
        finishedAt: SAMPLE_TIME,
        failure,
      });
      await write(opened.store, refund);
      const history: Payment = {
        ...samplePayment(IDS),
        cancellations: [
          { amount: { text: "1", money: { amountMinor: 1, currency: "KRW" } }, refundId: id(1) },
        ],
      };
      await opened.store.transact(IDS, () => ({ outcome: 0, payments: [history] }));
      const bytes = (await opened.dump()).toString("latin1");
      assert.ok(bytes.includes(id(1)));
      assert.deepEqual(bytes.match(/SENTINEL\w*/g), null);
    });
  });
}

function done(state: "succeeded" | "failed"): Partial<Refund> {
  const failure = state === "failed" ? { failure: { code: "x", message: "" } } : {};
  return { state, finishedAt: SAMPLE_TIME, ...failure };
}
