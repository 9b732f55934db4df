import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  answer,
  askedId,
  type Double,
  envelope,
  openDouble,
  paymentText,
  type Received,
} from "./gateway-double.ts";
import { openGateway } from "./open-gateway.ts";

/** Holds every payment call until the test answers it. */
function hold(double: Double): Received[] {
  const held: Received[] = [];
  double.answers.call = (received) => void held.push(received);
  return held;
}

function release(received: Received | undefined, amount: number): void {
  assert.ok(received !== undefined);
  answer(received, envelope(paymentText({ imp_uid: `"${askedId(received)}"`, amount: String(amount) })));
}

async function amountOf(result: ReturnType<ReturnType<typeof openGateway>["fetchPayment"]>): Promise<string> {
  const fetched = await result;
  return fetched.kind === "found" ? fetched.payment.amount.text : fetched.kind;
}

describe("shared fetches", () => {
  // Goal: nobody is given an answer older than its question. Method: each answer names the call it belongs to by its
  // amount; callers arrive before, during and after the first call is sent.
  test("fetchPayment() never shares a call that had been sent when the caller arrived", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const held = hold(double);
    const first = gateway.fetchPayment("imp_1");
    await double.until(() => held.length === 1);
    const late = Array.from({ length: 10 }, () => gateway.fetchPayment("imp_1"));
    assert.equal(held.length, 1);
    release(held[0], 1);
    assert.equal(await amountOf(first), "1");
    await double.until(() => held.length === 2);
    const later = gateway.fetchPayment("imp_1");
    release(held[1], 2);
    assert.deepEqual(await Promise.all(late.map(amountOf)), Array(10).fill("2"));
    await double.until(() => held.length === 3);
    release(held[2], 3);
    assert.equal(await amountOf(later), "3");
    assert.equal(double.calls().length, 3);
  });

  test("fetchPayment() shares a call that still waits for the login", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const logins: Received[] = [];
    const usual = double.answers.login;
    double.answers.login = (received) => void logins.push(received);
    const results = [gateway.fetchPayment("imp_1")];
    await double.until(() => logins.length === 1);
    results.push(gateway.fetchPayment("imp_1"), gateway.fetchPayment("imp_1"));
    for (const login of logins) usual(login);
    for (const result of results) assert.equal(await amountOf(result), "1000");
    assert.equal(double.calls().length, 1);
  });

  test("fetchPayment() shares a call that still waits for a slot", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { limits: { inFlightMax: 1 } });
    const held = hold(double);
    const other = gateway.fetchPayment("imp_other");
    await double.until(() => held.length === 1);
    const results = [gateway.fetchPayment("imp_1"), gateway.fetchPayment("imp_1")];
    release(held[0], 1);
    await other;
    await double.until(() => held.length === 2);
    release(held[1], 2);
    assert.deepEqual(await Promise.all(results.map(amountOf)), ["2", "2"]);
    assert.equal(double.calls().length, 2);
  });

  test("fetchPayment() starts the waiting call when the one before it failed", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const held = hold(double);
    const first = gateway.fetchPayment("imp_1");
    await double.until(() => held.length === 1);
    const second = gateway.fetchPayment("imp_1");
    held[0]?.response.destroy();
    assert.equal(await amountOf(first), "outcome_unknown");
    await double.until(() => held.length === 2);
    release(held[1], 2);
    assert.equal(await amountOf(second), "2");
  });

  test("fetchPayment() has one call in flight even for a caller who asks again at once", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const held = hold(double);
    const first = gateway.fetchPayment("imp_1");
    const again = first.then(() => gateway.fetchPayment("imp_1"));
    await double.until(() => held.length === 1);
    const late = gateway.fetchPayment("imp_1");
    release(held[0], 1);
    await double.until(() => held.length === 2);
    release(held[1], 2);
    assert.deepEqual(await Promise.all([again, late].map(amountOf)), ["2", "2"]);
    assert.equal(double.calls().length, 2);
  });

  test("fetchPayment() shares nothing between payments", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const held = hold(double);
    const results = ["imp_1", "imp_2", "imps_3"].map((id) => gateway.fetchPayment(id));
    await double.until(() => held.length === 3);
    held.forEach((received, index) => void release(received, index));
    assert.ok((await Promise.all(results)).every(({ kind }) => kind === "found"));
  });
});
