// R34: what may be asked for. Goal: no request gives back more than was said in so many words, more than is left, or another
// order's money. Method: each attempt over HTTP, then the rows, the requests that left, and the true money.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openRefundStage, type PaidOrder } from "../support/refund-stage.ts";

const stage = await openRefundStage();
after(() => stage.close());

const REASON = "the buyer sent it back";
const HEADERS = { "idempotency-key": "r34-requests" };

/** Nothing was written, nothing left, no money moved. */
async function expectNothing(paid: PaidOrder, ask: () => Promise<void>): Promise<void> {
  const before = await paid.scene.stored(paid.order);
  await ask();
  await paid.pass(2 * 60_000, 30_000);
  assert.deepEqual(await paid.scene.stored(paid.order), before);
  assert.deepEqual([paid.sent().length, paid.moneyBack()], [0, 0]);
}

/** Raw texts of `amount`, as they stand in the body. */
const BAD_AMOUNTS: Readonly<Record<string, readonly [text: string, code: string]>> = {
  "R34-a 0, which i'mport takes for all of it": ["0", "invalid_amount"],
  "R34-h -0": ["-0", "invalid_amount"],
  "R34-i a negative amount": ["-1", "invalid_amount"],
  "R34-j a fraction of a won": ["0.5", "invalid_amount"],
  "R34-k an exponent": ["1e3", "invalid_amount"],
  "R34-l a number as text": ['"1000"', "invalid_request"],
  "R34-m null": ["null", "invalid_request"],
  "R34-n a list": ["[1000]", "invalid_request"],
  "R34-o another word": ['"ALL"', "invalid_request"],
  "R34-p more digits than any amount has": ["10000000000000000", "invalid_amount"],
  "R34-q true": ["true", "invalid_request"],
};

describe("an amount that is not one", () => {
  for (const [what, [text, code]] of Object.entries(BAD_AMOUNTS)) {
    test(`${what} is refused`, async () => {
      const paid = await stage.paid();
      await expectNothing(paid, async () => {
        const rawBody = `{"amount":${text},"reason":"${REASON}"}`;
        const path = `/v1/orders/${paid.order}/refunds`;
        const answer = await paid.scene.dojang.request("POST", path, { rawBody, headers: HEADERS });
        assert.deepEqual([answer.status, answer.body.code], [400, code], answer.text);
      });
    });
  }

  test("R34-b a missing amount is refused: no refund is implied", async () => {
    const paid = await stage.paid();
    await expectNothing(paid, async () => {
      const answer = await paid.refund({});
      assert.deepEqual([answer.status, answer.body.code], [400, "invalid_request"]);
    });
  });

  test("R34-r an amount that stands twice is refused", async () => {
    const paid = await stage.paid();
    await expectNothing(paid, async () => {
      const rawBody = `{"amount":1,"amount":50000,"reason":"${REASON}"}`;
      const path = `/v1/orders/${paid.order}/refunds`;
      const answer = await paid.scene.dojang.request("POST", path, { rawBody, headers: HEADERS });
      assert.equal(answer.body.code, "malformed_request");
    });
  });
});

describe("a request that asks for too much", () => {
  test("R34-c more than is left is refused, in parts and at once", async () => {
    const paid = await stage.paid();
    await expectNothing(paid, async () => {
      const answer = await paid.refund({ amount: 50_001 });
      assert.deepEqual([answer.status, answer.body.code], [409, "refund_exceeds_rest"]);
    });
    await paid.refunded({ amount: 40_000 });
    assert.equal((await paid.refund({ amount: 10_001 })).body.code, "refund_exceeds_rest");
    assert.equal((await paid.refunded({ amount: "all" })).amount, 10_000);
    for (const amount of [1, "all"])
      assert.equal((await paid.refund({ amount })).body.code, "nothing_to_refund");
    assert.deepEqual([paid.sent().length, paid.moneyBack()], [2, 50_000]);
  });

  test("R34-s tax parts above the amount are refused", async () => {
    const paid = await stage.paid();
    await expectNothing(paid, async () => {
      for (const parts of [
        { tax_free: 1001 },
        { vat_amount: 1001 },
        { tax_free: 501, vat_amount: 500 },
        { tax_free: -1 },
      ])
        assert.equal((await paid.refund({ amount: 1000, ...parts })).body.code, "invalid_amount");
    });
  });

  test("R34-e two of all at the same time give the money back once, with one key or with two", async () => {
    for (const keys of [
      ["parallel-one", "parallel-one"],
      ["parallel-two", "parallel-three"],
    ]) {
      const paid = await stage.paid();
      const answers = await Promise.all(keys.map((key) => paid.refund({ amount: "all" }, key)));
      await paid.scene.quiet();
      const statuses = answers.map(({ status }) => status).toSorted();
      assert.deepEqual(statuses, keys[0] === keys[1] ? [202, 202] : [202, 409]);
      const { refunds } = await paid.read();
      assert.deepEqual([refunds.length, paid.sent().length, paid.moneyBack()], [1, 1, 50_000]);
    }
  });

  test("R34-t twenty parallel refunds of a part never exceed the payment", async () => {
    const paid = await stage.paid();
    const answers = await Promise.all(Array.from({ length: 20 }, () => paid.refund({ amount: 6000 })));
    await paid.scene.quiet();
    assert.equal(answers.filter(({ status }) => status === 202).length, 8);
    const { order, refunds } = await paid.read();
    assert.ok(refunds.every(({ state }) => state === "succeeded"));
    assert.deepEqual([order.refunded_amount, paid.sent().length, paid.moneyBack()], [48_000, 8, 48_000]);
  });
});

describe("a request of somebody else", () => {
  test("R34-u without the shop's key, or with another, it is refused", async () => {
    const paid = await stage.paid();
    await expectNothing(paid, async () => {
      const path = `/v1/orders/${paid.order}/refunds`;
      const options = { body: { amount: "all", reason: REASON }, isShop: false };
      const wrong = { ...HEADERS, authorization: "Bearer another-key-of-another-shop" };
      for (const headers of [HEADERS, wrong]) {
        const answer = await paid.scene.dojang.request("POST", path, { ...options, headers });
        assert.equal(answer.status, 401);
      }
    });
  });

  test("R34-v an order that is not paid or not there is refused", async () => {
    const paid = await stage.paid();
    await expectNothing(paid, async () => {
      const open = await paid.scene.order();
      const body = { amount: "all", reason: REASON };
      const ask = (order: string) =>
        paid.scene.dojang.request("POST", `/v1/orders/${order}/refunds`, { body, headers: HEADERS });
      assert.deepEqual([(await ask(open)).status, (await ask(open)).body.code], [409, "order_not_paid"]);
      assert.equal((await ask("not-here-at-all")).status, 404);
    });
  });

  test("R34-w the same key at another order is another refund", async () => {
    const [one, other] = [await stage.paid(), await stage.paid()];
    const first = await one.refunded({ amount: 1000 }, "key-of-two-orders");
    const second = await other.refunded({ amount: 1000 }, "key-of-two-orders");
    assert.notEqual(first.id, second.id);
    assert.deepEqual([one.moneyBack(), other.moneyBack()], [1000, 1000]);
  });

  test("R34-x without an Idempotency-Key, or with one that is none, it is refused", async () => {
    const paid = await stage.paid();
    await expectNothing(paid, async () => {
      const path = `/v1/orders/${paid.order}/refunds`;
      const body = { amount: "all", reason: REASON };
      for (const headers of [
        {},
        { "idempotency-key": "two words" },
        { "idempotency-key": "x".repeat(256) },
      ]) {
        const answer = await paid.scene.dojang.request("POST", path, { body, headers });
        assert.deepEqual([answer.status, answer.body.code], [400, "invalid_idempotency_key"]);
      }
    });
  });

  test("R34-y a buyer's page cannot name a refund account or a cancellation", async () => {
    const paid = await stage.paid();
    await expectNothing(paid, async () => {
      const ids = { imp_uid: paid.payment.imp_uid, merchant_uid: paid.order };
      const body = { ...ids, cancel_request_amount: 50_000, refund_account: "11012345678901" };
      const answer = await paid.scene.dojang.request("POST", "/payments/complete", { body });
      assert.equal(answer.status, 400);
      for (const path of ["/payments/cancel", `/payments/${ids.imp_uid}/refunds`])
        assert.equal((await paid.scene.dojang.request("POST", path, { body })).status, 404);
    });
  });

  test("R34-z an account that no bank has is refused", async () => {
    const paid = await stage.paid({ payment: { pay_method: "vbank", vbank_num: "1", vbank_name: "하나" } });
    const account = { bank: "88", account: "11012345678901", holder: "홍길동" };
    await expectNothing(paid, async () => {
      for (const wrong of [
        { bank: "8'8" },
        { bank: "" },
        { account: "110-123" },
        { account: "12345" },
        { account: "１１０１２３４５" },
        { holder: "" },
        { holder: "a\nb" },
        { tel: "call me" },
        { merchant_uid: "other" },
      ]) {
        const answer = await paid.refund({ amount: 1000, refund_account: { ...account, ...wrong } });
        assert.deepEqual([answer.status, answer.body.code], [400, "invalid_request"], JSON.stringify(wrong));
      }
    });
  });
});
