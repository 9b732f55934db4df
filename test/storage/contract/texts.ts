import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Engine } from "../../support/engine.ts";
import { application, registration, sampleOrder, samplePayment } from "./samples.ts";

/** Text as a gateway or a stranger may write it, and what other engines may use for their own ends. */
const TEXTS = [
  "KRW\0",
  "\0",
  "a\0b\0\0c",
  "\uE000",
  "\uE0000",
  "\\u0000",
  "a'b\"c\\",
  "한국어\u2028\u{1F600}",
];

/** What every engine promises about any text: it is kept as it is, and is nobody else's. */
export function testTexts(engine: Engine): void {
  describe(`Texts on ${engine.name}`, () => {
    test("transact() keeps a payment whatever its texts hold, a zero byte too", async () => {
      await using opened = await engine.open();
      for (const [n, text] of TEXTS.entries()) {
        const orderId = `text_${n}`;
        const order = sampleOrder({ orderId, name: text, customer: { id: text, name: text } });
        const payment = samplePayment({
          orderId,
          paymentId: `imp_${n}`,
          payMethod: text,
          pgProvider: text,
          pgTransactionId: text,
          currency: text,
          amount: { text },
          cancelled: { text },
          raw: JSON.stringify({ text }) + text,
        });
        await opened.store.transact({ orderId }, () => registration(order));
        await opened.store.transact({ orderId }, () => application(order, payment));
        const view = await opened.store.readOrder(orderId);
        assert.deepEqual([view?.order.name, view?.order.customer], [text, { id: text, name: text }]);
        const [kept] = view?.payments ?? [];
        assert.deepEqual(
          [kept?.payMethod, kept?.pgProvider, kept?.pgTransactionId, kept?.currency],
          [text, text, text, text],
        );
      }
    });

    test("hasOrder() finds no order by text that is nearly its id", async () => {
      await using opened = await engine.open();
      const ids = TEXTS.map((text) => `near_${text}`);
      for (const orderId of ids) {
        assert.equal(await opened.store.hasOrder(orderId), false, JSON.stringify(orderId));
        await opened.store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
        assert.equal(await opened.store.hasOrder(orderId), true, JSON.stringify(orderId));
        assert.equal((await opened.store.readOrder(orderId))?.order.orderId, orderId);
      }
      const marks = await opened.store.readPaymentMarks(TEXTS);
      assert.equal(marks.size, 0);
    });
  });
}
