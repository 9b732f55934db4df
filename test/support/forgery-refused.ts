import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/errors.ts";
import type { Answer } from "./dojang.ts";
import type { Scene } from "./forgery.ts";
import { assertUnchanged } from "./forgery-rows.ts";
import { assertOneAnswer } from "./forgery-wire.ts";

const PROBLEM_FIELDS = ["code", "detail", "retry", "status", "title", "type"];

/** A problem of this code and nothing beside it: the documented fields, not a byte of what was sent. */
export function assertRefusal(answer: Answer, code: ErrorCode, status = 400): void {
  assert.equal(`${answer.status} ${answer.body?.code}`, `${status} ${code}`, answer.text);
  assert.deepEqual(Object.keys(answer.body).toSorted(), PROBLEM_FIELDS);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json; charset=utf-8$/);
}

/** The page that says "no such order", for a redirect that names nothing of ours. */
export function assertNoSuchPage(answer: Answer): void {
  assert.equal(answer.status, 404);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html; charset=utf-8$/);
  assert.equal(answer.headers.get("location"), null);
}

/** Runs `send` and shows that this order, every task and every stored hint are as before, and that nothing left. */
export async function expectNothingHappens(
  scene: Scene,
  order: string,
  send: () => Promise<void>,
): Promise<void> {
  const { store } = scene.dojang.dojang.deps;
  const rows = async () => ({
    stored: await scene.stored(order),
    tasks: (await store.readTasks({ limit: 1000 })).map(({ key, wanted }) => `${key} ${wanted}`).toSorted(),
    lastHint: (await store.readHints(1))[0]?.id,
  });
  const [before, lines] = [await rows(), scene.seenLines()];
  await send();
  const after = await rows();
  assertUnchanged(before.stored, after.stored);
  assert.deepEqual(after.tasks, before.tasks, "no task was added or wanted again");
  assert.equal(after.lastHint, before.lastHint, "no hint was stored");
  assert.deepEqual(scene.seenLines(), lines, "nothing left");
}

/** Sends a value as imp_uid by every entrance: each refuses it in its documented way, and nothing happens. */
export async function expectRefusedAsPayment(scene: Scene, paymentId: unknown, order: string): Promise<void> {
  const { request } = scene.dojang;
  await expectNothingHappens(scene, order, async () => {
    const body = { imp_uid: paymentId, merchant_uid: order };
    const answer = await request("POST", "/payments/complete", { body });
    assertOneAnswer(answer, { word: "invalidRequest" });
    assertRefusal(await request("POST", "/webhooks/iamport", { body }), "invalid_request");
    if (typeof paymentId !== "string") return;
    const query = new URLSearchParams({ imp_uid: paymentId, merchant_uid: order, imp_success: "true" });
    assertNoSuchPage(await request("GET", `/payments/redirect?${query}`));
    const form = await request("POST", "/webhooks/iamport", {
      rawBody: query.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    assertRefusal(form, "invalid_request");
  });
}

/** Sends a value as merchant_uid by every entrance that takes one from outside. */
export async function expectRefusedAsOrder(scene: Scene, orderId: unknown, payment: string): Promise<void> {
  const { request } = scene.dojang;
  const body = { imp_uid: payment, merchant_uid: orderId };
  assertOneAnswer(await request("POST", "/payments/complete", { body }), { word: "invalidRequest" });
  const registered = await request("POST", "/v1/orders", {
    body: { merchant_uid: orderId, name: "x", amount: 1 },
  });
  assertRefusal(registered, "invalid_request");
  if (typeof orderId !== "string") return;
  const query = new URLSearchParams({ imp_uid: payment, merchant_uid: orderId, imp_success: "true" });
  assertNoSuchPage(await request("GET", `/payments/redirect?${query}`));
}
