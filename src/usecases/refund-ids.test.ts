import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openRefundIds } from "./refund-ids.ts";

const ids = openRefundIds(new Uint8Array(32).fill(1));
const REQUEST = { orderId: "order-0001", apiKeyId: "default", key: "k" };

describe("openRefundIds()", () => {
  test("ofRequest() leads to one id for order, API key and Idempotency-Key, and to another when any differs", () => {
    const id = ids.ofRequest(REQUEST);
    assert.match(id, /^rfd_[0-9a-f]{24}$/);
    assert.equal(ids.ofRequest({ ...REQUEST }), id);
    const others = [
      ids.ofRequest({ ...REQUEST, orderId: "order-0002" }),
      ids.ofRequest({ ...REQUEST, apiKeyId: "other" }),
      ids.ofRequest({ ...REQUEST, key: "K" }),
      ids.ofDiscrepancy("dsc_1"),
      openRefundIds(new Uint8Array(32).fill(2)).ofRequest(REQUEST),
    ];
    assert.equal(new Set([id, ...others]).size, 6);
  });

  test("fingerprint() tells every fact, not the order in which they stand nor those that are absent", () => {
    const print = ids.fingerprint({ amount: 1, reason: "a" });
    assert.equal(ids.fingerprint({ reason: "a", tel: undefined, amount: 1 }), print);
    for (const facts of [
      { amount: 2, reason: "a" },
      { amount: "1", reason: "a" },
      { amount: 1 },
      { reason: "a" },
    ])
      assert.notEqual(ids.fingerprint(facts), print);
    assert.notEqual(openRefundIds(new Uint8Array(32)).fingerprint({ amount: 1, reason: "a" }), print);
  });
});
