import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine } from "../../support/engine.ts";
import { sampleOrder, samplePayment } from "./samples.ts";

/** No byte at rest gives away who bought, or where the money goes. */
export function testPrivacy(engine: Engine): void {
  describe(`Personal data on ${engine.name}`, () => {
    test("dump() holds no personal data in the clear", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const orderId = "secret_01";
      const account = { number: "SENTINELNUMBER", bank: "Shinhan", holder: "SENTINELHOLDER" };
      const payment = samplePayment({
        orderId,
        paymentId: "imp_secret",
        account,
        raw: '{"buyer_name":"SENTINELRAW"}',
        failReason: "SENTINELREASON",
        receiptUrl: "https://pg.example/SENTINELRECEIPT",
      });
      const order = sampleOrder({
        orderId,
        customer: { id: "c-1", name: "SENTINELNAME", email: "SENTINELMAIL@example.com", tel: "01098765432" },
        metadata: { note: "SENTINELMETADATA" },
        account: { ...account, paymentId: payment.paymentId },
      });
      const evidence = { raw: "SENTINELEVIDENCE" };
      await store.transact({ orderId }, () => ({
        outcome: 0,
        order,
        payments: [payment],
        discrepancies: [{ kind: "surplus", cause: "c", evidence }],
        audit: [{ action: "order.cancelled", actor: "default", reason: "SENTINELWHY", data: {} }],
      }));
      await store.recordAct({ action: "task.retried", actor: "x", reason: "SENTINELACT", data: {} });
      const body = new TextEncoder().encode("SENTINELBODY");
      await store.recordHint({ paymentId: "imp_secret", contentType: "x", body, sourceAddress: "::1" }, []);
      assert.equal((await store.listOrders({ text: "sentinelmail@example.com", limit: 1 })).orders.length, 1);

      const bytes = (await opened.dump()).toString("latin1");
      assert.ok(bytes.includes(orderId), "the dump does not hold the rows");
      assert.deepEqual(bytes.match(/SENTINEL\w*/gi), null);
      assert.ok(!bytes.includes("98765432"), "the dump holds a phone number");
    });
  });
}
