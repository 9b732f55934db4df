// R48: webhooks that lie. Goal: a webhook moves nothing by what it says; only what the gateway then answers counts. Method: every
// lie about an open and about a paid order, by JSON and by form, with the headers and addresses that a forger would add.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { untilHintsDone } from "../support/until-hints-done.ts";

const world = await openWorld();
after(() => world.close());
const { store } = world.dojang.dojang.deps;

let unknownCount = 0;

/** An id that the gateway does not know; another one each time, because hints for one payment are looked at in turn. */
function unknownId(): string {
  unknownCount += 1;
  return `imp_9999999${String(unknownCount).padStart(5, "0")}`;
}

type Fields = Readonly<Record<string, unknown>>;

/** Sends a body as anyone could, and waits for the look that it causes. */
async function forge(scene: Scene, fields: Fields, headers: Record<string, string> = {}): Promise<void> {
  const answer = await scene.dojang.webhook(fields, headers);
  assert.equal(`${answer.status} ${answer.text}`, '200 {"status":"ok"}');
  await untilHintsDone(scene.dojang, String(fields["imp_uid"]));
}

/** Lies about a payment's state, in i'mport's own form and with whatever a forger may add. */
const LIES: readonly { readonly id: string; readonly what: string; readonly fields: Fields }[] = [
  { id: "R48-a", what: "paid", fields: { status: "paid" } },
  {
    id: "R48-b",
    what: "cancelled, with a cancellation_id",
    fields: { status: "cancelled", cancellation_id: "c_1" },
  },
  { id: "R48-c", what: "ready", fields: { status: "ready" } },
  { id: "R48-d", what: "failed", fields: { status: "failed" } },
  { id: "R48-e", what: "no status at all", fields: {} },
  {
    id: "R48-f",
    what: "the whole payment",
    fields: {
      status: "paid",
      amount: PRICE,
      currency: "KRW",
      paid_at: 1,
      sandbox: true,
      cancel_amount: 0,
      pg_provider: "x",
    },
  },
  {
    id: "R48-g",
    what: "an answer of the gateway",
    fields: { code: 0, message: null, response: { status: "paid", amount: PRICE } },
  },
  {
    id: "R48-h",
    what: "statuses of the wrong type",
    fields: { status: ["paid"], success: true, imp_success: true },
  },
];

describe("POST /webhooks/iamport with a lie", () => {
  for (const { id, what, fields } of LIES) {
    test(`${id} ${what}, about a payment that does not exist, changes nothing`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const before = await scene.stored(order);
      const unknown = unknownId();
      await forge(scene, { imp_uid: unknown, merchant_uid: order, ...fields });
      assertUnchanged(before, await scene.stored(order));
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(unknown), scene.lookLine(honest)]);
    });

    test(`${id} ${what}, about a paid order, changes nothing`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = await scene.expectHonestPaymentPays(order);
      const before = await scene.stored(order);
      await forge(scene, { imp_uid: payment.imp_uid, merchant_uid: order, ...fields });
      assertUnchanged(before, await scene.stored(order));
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
    });

    test(`${id} ${what}, about an opened window, leaves the order unpaid`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { status: "ready" });
      await forge(scene, { imp_uid: payment.imp_uid, merchant_uid: order, ...fields });
      const stored = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "observed" },
        events: ["order.registered"],
      });
      assert.equal(stored.order.payments[0].status, "ready");
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R48-i a virtual account that nobody paid into is not paid by a webhook that says so", async () => {
    const scene = await world.scene();
    const order = await scene.order({ customer: { tel: "010-1234-5678" } });
    const payment = scene.pay(order, { pay_method: "vbank", status: "ready" });
    await scene.expectAnswer("vbankIssued", { payment, order });
    await scene.quiet();
    const before = await scene.stored(order);
    await forge(scene, { imp_uid: payment.imp_uid, merchant_uid: order, status: "paid" });
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
  });

  test("R48-j a form says no more than JSON does", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = await scene.expectHonestPaymentPays(order);
    const before = await scene.stored(order);
    const form = new URLSearchParams({
      imp_uid: payment.imp_uid,
      merchant_uid: order,
      status: "cancelled",
      amount: "0",
    });
    const answer = await scene.dojang.request("POST", "/webhooks/iamport", {
      rawBody: form.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" },
    });
    assert.equal(answer.status, 200);
    await untilHintsDone(scene.dojang, payment.imp_uid);
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
  });

  test("R48-k signatures, tokens and names in headers count for nothing", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const before = await scene.stored(order);
    const unknown = unknownId();
    await forge(
      scene,
      { imp_uid: unknown, merchant_uid: order, status: "paid" },
      {
        authorization: "Bearer 0000000000000000000000000000000000000000",
        "webhook-id": "msg_1",
        "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
        "webhook-signature": "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "user-agent": "iamport",
        "x-imptokenheader": "token",
        tier: "AAA",
      },
    );
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse([scene.lookLine(unknown)]);
  });
});

describe("POST /webhooks/iamport with other ids", () => {
  test("R48-l a merchant_uid of another order moves neither by itself: the payment's own order is decided", async () => {
    const scene = await world.scene();
    const [order, other] = [await scene.order(), await scene.order()];
    const payment = scene.pay(order);
    const before = await scene.stored(other);
    await forge(scene, { imp_uid: payment.imp_uid, merchant_uid: other, status: "paid" });
    assertUnchanged(before, await scene.stored(other));
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R48-m a payment of a foreign order, named as one of ours, leaves no trace", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay("a-foreign-order-0001");
    const before = await scene.stored(order);
    await forge(scene, { imp_uid: payment.imp_uid, merchant_uid: order, status: "paid" });
    assertUnchanged(before, await scene.stored(order));
    assert.equal(await store.findOrderOfPayment(payment.imp_uid), undefined);
    assert.equal(await store.hasOrder("a-foreign-order-0001"), false);
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R48-n a hundred unknown merchant_uids cost no gateway call and no task", async () => {
    const scene = await world.scene();
    const payment = scene.pay("a-foreign-order-0001");
    const taskCount = (await store.readTasks({ limit: 10_000 })).length;
    const bodies = Array.from({ length: 100 }, (_, index) => ({
      imp_uid: index % 2 === 0 ? payment.imp_uid : `imp_${index}`,
      merchant_uid: `somebody-elses-${index}`,
      status: "paid",
    }));
    const answers = await Promise.all(bodies.map((body) => scene.dojang.webhook(body)));
    assert.ok(answers.every(({ status }) => status === 200));
    // I10: each of them is kept all the same.
    const kept = (await store.readHints(100)).map(({ orderId }) => orderId);
    assert.deepEqual(kept.sort(), bodies.map(({ merchant_uid }) => merchant_uid).sort());
    assert.equal((await store.readTasks({ limit: 10_000 })).length, taskCount);
    await scene.expectNothingElse([]);
  });

  test("R48-o a payment of ours, told without any merchant_uid, is looked at and decided", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    await forge(scene, { imp_uid: payment.imp_uid });
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  const UNUSABLE: readonly (readonly [what: string, body: string])[] = [
    ["no imp_uid", '{"merchant_uid":"ORDER","status":"paid"}'],
    ["an empty imp_uid", '{"imp_uid":"","merchant_uid":"ORDER"}'],
    ["a number", '{"imp_uid":123,"merchant_uid":"ORDER"}'],
    ["a list", '{"imp_uid":["imp_1"],"merchant_uid":"ORDER"}'],
    ["an object", '{"imp_uid":{"$ne":null},"merchant_uid":"ORDER"}'],
    ["a path", '{"imp_uid":"prepare/ORDER","merchant_uid":"ORDER"}'],
    ["a path upwards", '{"imp_uid":"imp_1/../../users/pg","merchant_uid":"ORDER"}'],
    ["a query", '{"imp_uid":"imp_1?include_sandbox=true","merchant_uid":"ORDER"}'],
    ["a fragment", '{"imp_uid":"imp_1#x","merchant_uid":"ORDER"}'],
    ["33 characters", `{"imp_uid":"imp_${"1".repeat(29)}","merchant_uid":"ORDER"}`],
    ["two imp_uids", '{"imp_uid":"imp_1","imp_uid":"imp_2","merchant_uid":"ORDER"}'],
    ["half a body", '{"imp_uid":"imp_1","merch'],
    ["a list of webhooks", '[{"imp_uid":"imp_1","merchant_uid":"ORDER"}]'],
    ["nothing", ""],
  ];
  for (const [what, body] of UNUSABLE) {
    test(`R48-p ${what} for an imp_uid is refused, and not kept`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const [newest] = await store.readHints(1);
      const answer = await scene.dojang.request("POST", "/webhooks/iamport", {
        rawBody: body.replaceAll("ORDER", order),
      });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.body.code, /^(?:malformed|invalid)_request$/);
      assert.equal((await store.readHints(1))[0]?.id, newest?.id);
      await scene.expectNothingElse([]);
    });
  }
});
