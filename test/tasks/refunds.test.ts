// Goal: a refund survives the end of the process at any step, and many workers at once, and money goes back once. Method: each
// step is done by hand up to the moment of death, then another server opens the same database; the clock stands still.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { decideRefundStep } from "../../src/domain/decide-refund-step.ts";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { runRefund } from "../../src/usecases/run-refund.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const clock = new ManualClock();
const emulator = await startEmulator({ now: () => clock.now() });
emulator.webhooks.auto = false;
after(() => emulator.close());

const SECOND_MS = 1000;

/** A paid order with a refund of 20,000 that no task has taken up yet: the gateway cannot be asked. */
async function requested() {
  const dojang = await startTestDojang({ emulator, clock });
  const { merchant_uid } = (await dojang.order()).body;
  const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
  assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "success");
  const end = emulator.override({ path: `/payments/${imp_uid}` }, { status: 503, body: "" });
  const body = { amount: 20_000, reason: "sent back" };
  const headers = { "idempotency-key": merchant_uid };
  const answer = await dojang.request("POST", `/v1/orders/${merchant_uid}/refunds`, { body, headers });
  assert.equal(answer.status, 202);
  await quiet(dojang);
  end();
  return { dojang, ids: { orderId: merchant_uid, paymentId: imp_uid } };
}

type Ids = Awaited<ReturnType<typeof requested>>["ids"];

async function quiet({ dojang }: TestDojang): Promise<void> {
  await until("no task is due", async () => {
    clock.advance(0);
    const tasks = await dojang.deps.store.readTasks({ limit: 1000 });
    return tasks.every(({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > clock.now()));
  });
}

async function pass(dojang: TestDojang, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed++) {
    clock.advance(SECOND_MS);
    await quiet(dojang);
  }
}

/** Looks and marks the refund as sent, as its task does, and stops there. */
async function mark({ dojang: { deps } }: TestDojang, ids: Ids) {
  const startedAt = clock.now();
  const fetched = await deps.gateway.fetchPayment(ids.paymentId);
  assert.ok(fetched.kind === "found");
  const look = { startedAt, seen: fetched.payment };
  const step = await deps.store.transact(ids, (aggregate) =>
    decideRefundStep({ aggregate, paymentId: ids.paymentId, look }),
  );
  assert.ok(step.kind === "send");
  return step;
}

function sent({ paymentId }: Ids): number {
  return [...emulator.requests].filter(
    ({ path, body }) => path === "/payments/cancel" && body?.["imp_uid"] === paymentId,
  ).length;
}

const moneyBack = ({ paymentId }: Ids) => Number(emulator.model.payment(paymentId)?.cancel_amount);

async function stateOf({ dojang }: TestDojang, { orderId }: Ids) {
  return (await dojang.deps.store.readOrder(orderId))?.refunds[0]?.state;
}

describe("the task of a refund", () => {
  test("sends after a minute, once, what was marked when the process died", async () => {
    const { dojang: first, ids } = await requested();
    await mark(first, ids);
    await using second = await first.restart();
    await pass(second, 58);
    assert.deepEqual([sent(ids), await stateOf(second, ids)], [0, "unknown"]);
    await pass(second, 5);
    assert.deepEqual([sent(ids), moneyBack(ids), await stateOf(second, ids)], [1, 20_000, "succeeded"]);
    await pass(second, 120);
    assert.equal(sent(ids), 1);
  });

  test("finds what took effect before the process died, and sends nothing", async () => {
    const { dojang: first, ids } = await requested();
    const { refund, checksum } = await mark(first, ids);
    const { refundId, amount, paymentId } = refund;
    const reason = `[${refundId}] ${refund.reason}`;
    const request = { paymentId, amount, checksum, reason, retainsPromotion: false };
    assert.equal((await first.dojang.deps.gateway.cancelPayment(request)).kind, "accepted");
    await using second = await first.restart();
    await pass(second, 120);
    assert.deepEqual([sent(ids), moneyBack(ids), await stateOf(second, ids)], [1, 20_000, "succeeded"]);
  });

  test("takes up after a restart what was only asked for", async () => {
    const { dojang: first, ids } = await requested();
    await using second = await first.restart();
    await pass(second, 5);
    assert.deepEqual([sent(ids), moneyBack(ids), await stateOf(second, ids)], [1, 20_000, "succeeded"]);
  });

  test("sends once when twenty workers run it at the same time", async () => {
    const { dojang, ids } = await requested();
    await using _ = dojang;
    const runs = await Promise.all(Array.from({ length: 20 }, () => runRefund(dojang.dojang.deps, ids)));
    assert.ok(runs.every(({ kind }) => kind === "done" || kind === "later"));
    await pass(dojang, 120);
    assert.deepEqual([sent(ids), moneyBack(ids), await stateOf(dojang, ids)], [1, 20_000, "succeeded"]);
  });

  test("writes nothing over a refund that another worker has taken further while it sent", async () => {
    const { dojang, ids } = await requested();
    await using _ = dojang;
    const { promise, resolve } = Promise.withResolvers<void>();
    emulator.override({ method: "POST", path: "/payments/cancel", times: 1 }, { holdUntil: promise });
    const slow = runRefund(dojang.dojang.deps, ids);
    await until("it has been sent", () => sent(ids) === 1);
    // It took effect, and its answer is on its way: another look tells first.
    await dojang.request("POST", `/v1/orders/${ids.orderId}/verify`);
    assert.equal(await stateOf(dojang, ids), "succeeded");
    resolve();
    assert.deepEqual(await slow, { kind: "done" });
    assert.deepEqual([sent(ids), moneyBack(ids), await stateOf(dojang, ids)], [1, 20_000, "succeeded"]);
  });
});
