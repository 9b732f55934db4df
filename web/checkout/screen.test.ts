import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CheckoutState } from "../../src/http/checkout-schemas.ts";
import { type Attempt, firstAttempt, lookDelayMs, type Screen, screenOf } from "./screen.ts";

const STATE: CheckoutState = {
  merchant_uid: "dj_1",
  status: "pending",
  name: "벼루",
  amount: 48_000,
  currency: "KRW",
  pay_by: "2026-11-28T00:00:00+09:00",
  pay_methods: ["card"],
  preparation: null,
  customer: null,
  virtual_account: null,
  paid_at: null,
  refunded_amount: 0,
  receipt_url: null,
  return_url: null,
};
const ended = (word: string): Attempt => ({ kind: "ended", word });
const ATTEMPTS: readonly Attempt[] = [
  { kind: "none" },
  { kind: "choosing" },
  { kind: "opening" },
  { kind: "checking", isSlow: false, hadAccount: false },
  ...["success", "vbankIssued", "failed", "forgery", "closed", "notFound", "anything"].map(ended),
];
const shown = (status: CheckoutState["status"], attempt: Attempt, more: Partial<CheckoutState> = {}) =>
  screenOf({ state: { ...STATE, status, ...more }, attempt, canPay: true });

describe("screenOf()", () => {
  // Goal: no address, callback or script of the page makes an order look paid, and nothing hides that it is.
  test("shows paid when the order is, and then alone, whatever the page heard", () => {
    for (const attempt of ATTEMPTS) {
      assert.equal(shown("paid", attempt), "paid");
      assert.equal(shown("refunded", attempt), "refunded");
      assert.equal(shown("cancelled", attempt), "cancelled");
      assert.equal(shown("expired", attempt), "expired");
      for (const status of ["pending", "awaiting_deposit"] as const)
        assert.notEqual(shown(status, attempt), "paid", `${status} ${JSON.stringify(attempt)}`);
    }
  });

  const rows: readonly (readonly [CheckoutState["status"], Attempt, Screen])[] = [
    ["pending", { kind: "none" }, "form"],
    ["pending", { kind: "opening" }, "form"],
    ["pending", { kind: "checking", isSlow: true, hadAccount: false }, "checking"],
    ["pending", ended("success"), "checking"],
    ["pending", ended("vbankIssued"), "checking"],
    ["pending", ended("failed"), "failed"],
    ["pending", ended("forgery"), "forgery"],
    ["pending", ended("closed"), "closed"],
    ["pending", ended("notFound"), "closed"],
    ["awaiting_deposit", { kind: "none" }, "account"],
    ["awaiting_deposit", ended("vbankIssued"), "account"],
    ["awaiting_deposit", { kind: "choosing" }, "form"],
    ["awaiting_deposit", { kind: "opening" }, "form"],
    ["awaiting_deposit", ended("failed"), "failed"],
  ];
  for (const [status, attempt, screen] of rows) {
    test(`is ${screen} for ${status} after ${JSON.stringify(attempt)}`, () => {
      assert.equal(shown(status, attempt), screen);
    });
  }

  // Some PGs bring a phone back without the payment's id, and a slow gateway outlasts the page's patience.
  test("shows the account that came of a payment whose answer is still awaited", () => {
    const checking = (hadAccount: boolean): Attempt => ({ kind: "checking", isSlow: true, hadAccount });
    assert.equal(shown("awaiting_deposit", checking(false)), "account");
    assert.equal(shown("awaiting_deposit", checking(true)), "checking");
    assert.equal(shown("awaiting_deposit", firstAttempt("pending")), "account");
  });

  test("offers no payment before the gateway holds the amount, nor where no window can be opened", () => {
    assert.equal(shown("pending", { kind: "none" }, { preparation: "wanted" }), "preparing");
    assert.equal(shown("pending", { kind: "choosing" }, { preparation: "refused" }), "unavailable");
    assert.equal(screenOf({ state: STATE, attempt: { kind: "choosing" }, canPay: false }), "elsewhere");
  });
});

test("firstAttempt() has a page that comes back with pending look again", () => {
  assert.equal(firstAttempt("pending").kind, "checking");
  assert.deepEqual(firstAttempt(undefined), { kind: "none" });
});

test("lookDelayMs() looks less and less often, for ever, and never at what is over", () => {
  for (const screen of ["checking", "account", "preparing", "failed", "opening"] as const) {
    const delays = Array.from({ length: 200 }, (_, looks) => lookDelayMs(screen, looks) ?? 0);
    assert.deepEqual(
      delays,
      delays.toSorted((one, other) => one - other),
    );
    assert.ok((delays[0] ?? 0) >= 2000 && (delays.at(-1) ?? 0) <= 30_000, `${screen}: ${delays}`);
  }
  for (const screen of ["form", "paid", "refunded", "cancelled", "expired", "forgery", "closed"] as const)
    assert.equal(lookDelayMs(screen, 0), undefined);
});
