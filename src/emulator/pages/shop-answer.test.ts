import assert from "node:assert/strict";
import { test } from "node:test";
import { DEVELOPMENT_MERCHANT } from "../merchant.ts";
import { blankPayment } from "../model-create.ts";
import { callbackFields, type Ending, redirectUrl } from "./shop-answer.ts";

const channel = DEVELOPMENT_MERCHANT.channels[0];
assert(channel);
const blank = blankPayment({
  impUid: "imp_000000000001",
  merchantUid: "order_0001",
  channel,
  at: 1_700_000_000,
});
const paid: Ending = {
  merchantUid: "order_0001",
  impUid: "imp_000000000001",
  payment: { ...blank, amount: "14.2", status: "paid", paid_at: 1_700_000_001 },
};
const refused: Ending = { ...paid, failure: { error_code: "F500", error_msg: "한도초과 & more" } };

test("callbackFields() gives the documented fields in full mode", () => {
  const fields = callbackFields(paid, "full");
  assert.equal(fields["success"], true);
  assert.equal(fields["paid_amount"], 14.2);
  assert.equal(fields["status"], "paid");
  assert.equal("vbank_num" in fields, false);
  assert.equal("error_code" in fields, false);
});

test("callbackFields() gives four fields and no verdict in four mode", () => {
  assert.deepEqual(callbackFields(paid, "four"), { imp_uid: "imp_000000000001", merchant_uid: "order_0001" });
  assert.deepEqual(Object.keys(callbackFields(refused, "four")), [
    "imp_uid",
    "merchant_uid",
    "error_code",
    "error_msg",
  ]);
});

test("callbackFields() names the flag imp_success when told to", () => {
  const fields = callbackFields(refused, "imp_success");
  assert.equal(fields["imp_success"], false);
  assert.equal("success" in fields, false);
});

test("callbackFields() has a null imp_uid when no record was made", () => {
  const fields = callbackFields(
    { merchantUid: "order_0001", failure: { error_code: "F1002", error_msg: "x" } },
    "full",
  );
  assert.deepEqual(fields, {
    success: false,
    imp_uid: null,
    merchant_uid: "order_0001",
    error_code: "F1002",
    error_msg: "x",
  });
});

const BACK = "https://shop.example/back?a=1&b=2";
const REDIRECTS = [
  ["full", paid, `${BACK}&imp_uid=imp_000000000001&merchant_uid=order_0001&imp_success=true`],
  ["success", paid, `${BACK}&imp_uid=imp_000000000001&merchant_uid=order_0001&success=true`],
  ["none", paid, `${BACK}&imp_uid=imp_000000000001&merchant_uid=order_0001`],
  ["no_imp_uid", paid, `${BACK}&merchant_uid=order_0001`],
] as const;

for (const [variant, ending, expected] of REDIRECTS) {
  test(`redirectUrl() keeps the shop's own query and adds the ids when the variant is ${variant}`, () => {
    assert.equal(redirectUrl(ending, { url: BACK, variant }), expected);
  });
}

test("redirectUrl() carries the failure, escaped", () => {
  const url = new URL(redirectUrl(refused, { url: BACK, variant: "full" }) ?? "");
  assert.equal(url.searchParams.get("imp_success"), "false");
  assert.equal(url.searchParams.get("error_msg"), "한도초과 & more");
});

test("redirectUrl() sends a browser to web addresses only", () => {
  for (const url of ["javascript:alert(1)", "data:text/html,x", "", undefined, "not a url"]) {
    assert.equal(redirectUrl(paid, { url, variant: "full" }), undefined);
  }
});
