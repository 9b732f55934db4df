import assert from "node:assert/strict";
import { test } from "node:test";
import { refundKey } from "./refund-key.ts";

test("refundKey() names one sum once, however it is typed, and another sum otherwise", () => {
  const keys = ["1000", "1000.0", "01000", "1000.00"].map((amount) => refundKey("intent", amount));
  assert.equal(new Set(keys).size, 1, keys.join(" "));
  const others = ["all", "100", "1000.5", "10000"].map((amount) => refundKey("intent", amount));
  assert.equal(new Set([...keys, ...others]).size, 5);
  assert.notEqual(refundKey("intent", "1000"), refundKey("another", "1000"));
});
