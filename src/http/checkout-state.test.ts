import assert from "node:assert/strict";
import { test } from "node:test";
import { orderOf, paymentOf } from "../../test/support/domain.ts";
import { checkoutState } from "./checkout-state.ts";

test("checkoutState() links a receipt on this machine in sandbox, and in live none", () => {
  const receiptUrl = "http://127.0.0.1:3001/receipt?imp_uid=imp_1";
  const payment = paymentOf({ receiptUrl });
  const order = orderOf({ status: "paid", paidBy: payment.paymentId });
  const view = { order, payments: [payment], refunds: [], discrepancies: [], version: 1 };
  const linkIn = (isSandbox: boolean) => checkoutState(view, { prepare: "off", isSandbox }).receipt_url;
  assert.equal(linkIn(true), receiptUrl);
  assert.equal(linkIn(false), null);
});
