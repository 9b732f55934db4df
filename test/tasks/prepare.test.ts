// Goal: the gateway holds each order's amount and currency ahead of its window, however long that takes, and registration waits for
// none of it. Method: the real server with its default policy, the emulator, its SDK window; time stands still until moved.
import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import { openEventWorld } from "../support/open-event-world.ts";

const eager = await openEventWorld({ DOJANG_PREPARE: "best_effort" });
const strict = await openEventWorld({ DOJANG_PREPARE: "required" });
const off = await openEventWorld({ DOJANG_PREPARE: "off" });
after(() => Promise.all([eager, strict, off].map((world) => world[Symbol.asyncDispose]())));
beforeEach(() => {
  for (const { emulator } of [eager, strict, off]) {
    emulator.overrides.clear();
    emulator.requests.clear();
  }
});

type World = typeof eager;
const PREPARE = "/payments/prepare";
const TAKEN = '{"code":1,"message":"no","response":null}';

async function preparationOf({ dojang }: World, order: string): Promise<string | null> {
  return (await dojang.read(order)).body.preparation;
}

function held({ emulator }: World, order: string) {
  const { userCode } = emulator;
  const found = emulator.model.getPrepared({ userCode, tier: null }, order);
  return found.ok ? [found.value.amount, found.value.currency] : undefined;
}

function openWindow({ emulator }: World, order: string, params: Record<string, unknown>) {
  return emulator.openWindow({
    userCode: emulator.userCode,
    params: { merchant_uid: order, name: "감귤 5kg", ...params },
  });
}

/** How the order's prepare task stands: under best_effort the order itself says nothing of it. */
async function taskOf({ dojang }: World, orderId: string): Promise<string | undefined> {
  const tasks = await dojang.dojang.deps.store.readTasks({ orderId, limit: 100 });
  return tasks.find(({ kind }) => kind === "prepare")?.state;
}

const lines = ({ emulator }: World) => emulator.requests.lines().filter((line) => line.includes(PREPARE));

describe("an order that is registered", () => {
  test("is prepared with amount and currency, by one call, and stays as it was answered", async () => {
    const { body } = await eager.dojang.order();
    const order = body.merchant_uid;
    await eager.quiet();
    assert.deepEqual((await eager.dojang.read(order)).body, body);
    assert.deepEqual(held(eager, order), ["50000", "KRW"]);
    assert.equal(await taskOf(eager, order), "done");
    assert.deepEqual(lines(eager), [`POST ${PREPARE}`]);
    const usd = await eager.order({ amount: 14.2, currency: "USD" });
    await eager.quiet();
    assert.deepEqual(held(eager, usd), ["14.2", "USD"]);
  });

  test("is prepared once, however often it is registered", async () => {
    const order = "an-order-registered-twice";
    const body = { merchant_uid: order, name: "감귤 5kg", amount: 50_000 };
    for (const status of [201, 200, 200]) {
      const answer = await eager.dojang.request("POST", "/v1/orders", { body });
      assert.equal(answer.status, status);
      await eager.quiet();
    }
    assert.deepEqual(lines(eager), [`POST ${PREPARE}`]);
    assert.equal(await taskOf(eager, order), "done");
  });

  test("is not prepared when the policy is off", async () => {
    const order = await off.order();
    await off.quiet();
    assert.deepEqual(lines(off), []);
    assert.equal(await preparationOf(off, order), null);
  });

  test("changes what an older registration left at the gateway", async () => {
    const order = "an-order-with-a-past";
    const viewer = { userCode: eager.emulator.userCode, tier: null };
    eager.emulator.model.prepare(viewer, {
      request: { merchant_uid: order, amount: "100" },
      verb: "register",
    });
    await eager.order({ merchant_uid: order });
    await eager.quiet();
    assert.deepEqual(held(eager, order), ["50000", "KRW"]);
    assert.deepEqual(lines(eager), [`POST ${PREPARE}`, `GET ${PREPARE}/${order}`, `PUT ${PREPARE}`]);
  });

  test("is registered while the gateway is down, and prepared once it is back", async () => {
    eager.emulator.override({ path: /./ }, { reset: true, acts: false });
    const order = await eager.order();
    await eager.quiet();
    assert.equal(await taskOf(eager, order), "due");
    eager.emulator.overrides.clear();
    await eager.pass(60_000, 60_000);
    assert.equal(await taskOf(eager, order), "done");
  });

  test("is prepared after an answer that was lost, without a second registration", async () => {
    eager.emulator.override({ method: "POST", path: PREPARE, times: 1 }, { reset: true });
    const order = await eager.order();
    await eager.quiet();
    assert.equal(await taskOf(eager, order), "due");
    await eager.pass(60_000);
    assert.equal(await taskOf(eager, order), "done");
    assert.deepEqual(held(eager, order), ["50000", "KRW"]);
    assert.ok(!lines(eager).includes(`PUT ${PREPARE}`));
  });

  test("raises an alarm when the gateway refuses it, and is payable all the same", async () => {
    eager.emulator.override({ method: "POST", path: PREPARE }, { status: 200, body: TAKEN });
    const order = await eager.order();
    await eager.quiet();
    assert.equal(await taskOf(eager, order), "done");
    const alarms = eager.dojang.logLines.map((line) => JSON.parse(line)).filter(({ alarm }) => alarm);
    assert.deepEqual(
      alarms.map(({ msg, merchant_uid, reason }) => [msg, merchant_uid, reason]),
      [["preparation_refused", order, "refused_by_code"]],
    );
    const imp_uid = eager.pay(order);
    const answer = await eager.dojang.complete({ imp_uid, merchant_uid: order });
    assert.equal(answer.body.status, "success");
  });

  test("is left alone when it was paid or cancelled before its task could run", async () => {
    eager.emulator.override({ method: "POST", path: PREPARE }, { status: 503, body: "" });
    const [paid, cancelled] = [await eager.order(), await eager.order()];
    await eager.quiet();
    await eager.dojang.complete({ imp_uid: eager.pay(paid), merchant_uid: paid });
    await eager.dojang.request("POST", `/v1/orders/${cancelled}/cancel`);
    eager.emulator.overrides.clear();
    eager.emulator.requests.clear();
    await eager.pass(60_000, 60_000);
    assert.deepEqual(lines(eager), []);
    for (const orderId of [paid, cancelled]) {
      assert.equal(await taskOf(eager, orderId), "done");
      assert.equal(held(eager, orderId), undefined);
    }
  });
});

describe("the payment window of a prepared order", () => {
  const REFUSED = [
    ["R01-pa", "one won less", { amount: 49_999 }],
    ["R01-pb", "one won more", { amount: 50_001 }],
    ["R01-pc", "a hundredth", { amount: 500 }],
    ["R03-pa", "the number in dollars", { amount: 50_000, currency: "USD", pg: "paypal_v2" }],
    ["R18-pa", "a squatter's amount", { amount: 100, buyer_name: "somebody else" }],
  ] as const;
  for (const [id, what, params] of REFUSED) {
    test(`${id} does not open for ${what}, and opens for the order's own amount afterwards`, async () => {
      const order = await eager.order();
      await eager.quiet();
      const opening = openWindow(eager, order, params);
      assert.ok(!opening.ok);
      const { prepareMismatchCode } = eager.emulator.model.switches;
      assert.equal(opening.error_code, prepareMismatchCode);
      assert.ok(openWindow(eager, order, { amount: 50_000 }).ok);
    });
  }

  test("R18-pb opens for an id that the page invents: it is nobody's order, and pays nothing", async () => {
    const opening = openWindow(eager, "an-invented-order-id", { amount: 100 });
    assert.ok(opening.ok);
    const { imp_uid, merchant_uid } = opening.payment;
    const answer = await eager.dojang.complete({ imp_uid, merchant_uid });
    assert.equal(answer.body.status, "notFound");
  });
});

const PAY_BUTTON = /id="pay"/;

describe("GET /checkout/{merchant_uid} under DOJANG_PREPARE=required", () => {
  const page = async (world: World, order: string) =>
    (await world.dojang.request("GET", `/checkout/${order}`)).text;

  test("says that the payment is being prepared, and offers none until it is confirmed", async () => {
    strict.emulator.override({ method: "POST", path: PREPARE }, { status: 503, body: "" });
    const order = await strict.order();
    await strict.quiet();
    const waiting = await page(strict, order);
    assert.match(waiting, /결제를 준비하고 있습니다/);
    assert.match(waiting, /"preparation":"wanted"/);
    assert.doesNotMatch(waiting, PAY_BUTTON);
    strict.emulator.overrides.clear();
    await strict.pass(60_000);
    assert.equal(await preparationOf(strict, order), "confirmed");
    const ready = await page(strict, order);
    assert.match(ready, PAY_BUTTON);
  });

  test("offers no payment when the gateway refuses", async () => {
    strict.emulator.override({ method: "POST", path: PREPARE }, { status: 200, body: TAKEN });
    const order = await strict.order();
    await strict.quiet();
    const text = await page(strict, order);
    assert.match(text, /지금은 결제할 수 없습니다/);
    assert.doesNotMatch(text, PAY_BUTTON);
  });

  test("shows an order that is paid or cancelled as that", async () => {
    strict.emulator.override({ method: "POST", path: PREPARE }, { status: 503, body: "" });
    const order = await strict.order();
    await strict.quiet();
    await strict.dojang.complete({ imp_uid: strict.pay(order), merchant_uid: order });
    assert.match(await page(strict, order), /결제가 완료되었습니다/);
  });

  test("withholds nothing under best_effort", async () => {
    eager.emulator.override({ method: "POST", path: PREPARE }, { status: 503, body: "" });
    const order = await eager.order();
    await eager.quiet();
    assert.match(await page(eager, order), PAY_BUTTON);
  });
});
