// R39: parameters and prototypes. Goal: a name that stands twice, or a name that is a property of every object, changes
// nothing but the answer to it. Method: forms, addresses and bodies with such names; afterwards no object has a new
// property, and the same request without them works.
import assert from "node:assert/strict";
import { after, afterEach, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE } from "../support/forgery.ts";
import { assertNoSuchPage, assertRefusal, expectNothingHappens } from "../support/forgery-refused.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";

/** Time stands still: no look of the server's own falls between the expected ones. */
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
after(() => world.close());

const own = (object: object) => Reflect.ownKeys(object).map(String).toSorted();
const PROTOTYPES = { object: own(Object.prototype), list: own(Array.prototype), text: own(String.prototype) };
afterEach(() => {
  assert.deepEqual(
    { object: own(Object.prototype), list: own(Array.prototype), text: own(String.prototype) },
    PROTOTYPES,
    "no prototype was touched",
  );
});

const FORM = { "content-type": "application/x-www-form-urlencoded" };
/** `id` is the true one; `x` another. */
const FORMS: Readonly<Record<string, readonly [what: string, form: (id: string, order: string) => string]>> =
  {
    "R39-a1": [
      "an id twice, the false one first",
      (id, order) => `imp_uid=imp_1&imp_uid=${id}&merchant_uid=${order}`,
    ],
    "R39-a2": [
      "an id twice, the false one last",
      (id, order) => `imp_uid=${id}&imp_uid=imp_1&merchant_uid=${order}`,
    ],
    "R39-a3": ["one id twice", (id, order) => `imp_uid=${id}&imp_uid=${id}&merchant_uid=${order}`],
    "R39-a4": [
      "an id twice, once encoded",
      (id, order) => `imp_uid=${id}&imp%5Fuid=imp_1&merchant_uid=${order}`,
    ],
    "R39-a5": ["an order twice", (id, order) => `imp_uid=${id}&merchant_uid=${order}&merchant_uid=x`],
    "R39-a6": ["a list of ids", (id) => `imp_uid[]=${id}`],
    "R39-a7": ["a list of ids by number", (id) => `imp_uid[0]=${id}&imp_uid[1]=imp_1`],
    "R39-a8": ["a semicolon between two", (id) => `imp_uid=${id};imp_uid=imp_1`],
    "R39-a9": ["a space before the name", (id) => `+imp_uid=${id}`],
    "R39-a10": ["nothing behind the name", () => "imp_uid="],
    "R39-a11": ["no id", (_id, order) => `merchant_uid=${order}&status=paid`],
    "R39-a12": [
      "an unimportant name twice",
      (id, order) => `imp_uid=${id}&merchant_uid=${order}&status=paid&status=ready`,
    ],
  };

describe("POST /webhooks/iamport with a form", () => {
  for (const [name, [what, form]] of Object.entries(FORMS)) {
    test(`${name} ${what} is refused`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      await expectNothingHappens(scene, order, async () => {
        const rawBody = form(payment.imp_uid, order);
        const answer = await scene.dojang.request("POST", "/webhooks/iamport", { rawBody, headers: FORM });
        assert.ok(["malformed_request", "invalid_request"].includes(answer.body?.code), answer.text);
        assertRefusal(answer, answer.body.code);
      });
      await world.emulator.webhooks.send(payment.imp_uid, { format: "form" });
      await scene.quiet();
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
      });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }
});

describe("parameters of an address", () => {
  test("R39-i1 those of POST /payments/complete are not read", async () => {
    const scene = await world.scene();
    const [order, elsewhere] = [await scene.order(), await scene.order()];
    const [payment, other] = [scene.pay(order), scene.pay(elsewhere)];
    const query = `imp_uid=${other.imp_uid}&merchant_uid=${elsewhere}`;
    const body = { imp_uid: payment.imp_uid, merchant_uid: order };
    const answer = await scene.dojang.request("POST", `/payments/complete?${query}`, { body });
    assertOneAnswer(answer, { word: "success", merchantUid: order });
    await expectNothingHappens(scene, elsewhere, async () => {
      const empty = await scene.dojang.request("POST", `/payments/complete?${query}`, { body: {} });
      assertOneAnswer(empty, { word: "invalidRequest" });
      const hook = await scene.dojang.request("POST", `/webhooks/iamport?${query}`, { body: {} });
      assertRefusal(hook, "invalid_request");
    });
    await scene.expectStored(elsewhere, { status: "pending" });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  for (const [name, query] of Object.entries({
    "R39-i2 an id twice": (id: string, order: string) => `imp_uid=imp_1&imp_uid=${id}&merchant_uid=${order}`,
    "R39-i3 one id twice": (id: string, order: string) => `imp_uid=${id}&imp_uid=${id}&merchant_uid=${order}`,
    "R39-i4 an id twice, once encoded": (id: string, order: string) =>
      `imp_uid=${id}&imp%5fuid=imp_1&merchant_uid=${order}`,
    "R39-i5 an order twice": (id: string, order: string) =>
      `imp_uid=${id}&merchant_uid=${order}&merchant_uid=x-not-there`,
    "R39-i6 a list of orders": (id: string, order: string) => `imp_uid=${id}&merchant_uid[]=${order}`,
    "R39-i7 an empty id": (_id: string, order: string) => `imp_uid=&merchant_uid=${order}`,
  })) {
    test(`${name} at GET /payments/redirect finds nothing`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      await expectNothingHappens(scene, order, async () =>
        assertNoSuchPage(
          await scene.dojang.request("GET", `/payments/redirect?${query(payment.imp_uid, order)}`),
        ),
      );
      await scene.expectAnswer("success", { payment, order });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }

  for (const [name, query] of Object.entries({
    "R39-i8": "status=paid&status=pending",
    "R39-i9": "status[]=paid",
    "R39-i10": "limit=1&limit=100",
    "R39-i11": "__proto__[status]=paid",
    "R39-i12": "constructor=x",
    "R39-i13": "limit=1e1",
    "R39-i14": "status=toString",
  })) {
    test(`${name} GET /v1/orders?${query} is refused`, async () => {
      const scene = await world.scene();
      const answer = await scene.dojang.request("GET", `/v1/orders?${query}`);
      assertRefusal(answer, "invalid_request");
      await scene.expectNothingElse([]);
    });
  }
});

const NAMES: Readonly<Record<string, string>> = {
  "R39-c1": '"__proto__":{"polluted":true}',
  "R39-c2": '"\\u005f_proto__":{"polluted":true}',
  "R39-c3": '"__proto__":null',
  "R39-c4": '"__proto__":{"__proto__":{"polluted":true}}',
  "R39-d1": '"constructor":{"prototype":{"polluted":true}}',
  "R39-d2": '"prototype":{"polluted":true}',
  "R39-d3": '"toString":1',
  "R39-d4": '"hasOwnProperty":true',
  "R39-d5": '"then":"x"',
  "R39-d6": '"toJSON":"x"',
};

describe("names that every object has", () => {
  for (const [name, member] of Object.entries(NAMES)) {
    test(`${name} ${member} beside the ids is refused, and a webhook takes nothing from it`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { status: "ready" });
      const ids = `"imp_uid":"${payment.imp_uid}","merchant_uid":"${order}"`;
      await expectNothingHappens(scene, order, async () => {
        const { request } = scene.dojang;
        const complete = await request("POST", "/payments/complete", { rawBody: `{${ids},${member}}` });
        assertOneAnswer(complete, { word: "invalidRequest" });
        const rawBody = `{"name":"감귤","amount":${PRICE},${member}}`;
        assertRefusal(await request("POST", "/v1/orders", { rawBody }), "invalid_request");
        const customer = `{"name":"감귤","amount":${PRICE},"customer":{${member}}}`;
        assertRefusal(await request("POST", "/v1/orders", { rawBody: customer }), "invalid_request");
      });
      const hook = await scene.dojang.request("POST", "/webhooks/iamport", { rawBody: `{${ids},${member}}` });
      assert.equal(hook.status, 200);
      await scene.quiet();
      await scene.expectStored(order, { status: "pending", payments: { [payment.imp_uid]: "observed" } });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([payment, honest].map(scene.lookLine));
    });
  }

  test("R39-c5 ids that only a prototype holds are no ids", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const ids = `"imp_uid":"${payment.imp_uid}","merchant_uid":"${order}"`;
    await expectNothingHappens(scene, order, async () => {
      for (const rawBody of [`{"__proto__":{${ids}}}`, `{"constructor":{${ids}}}`]) {
        assertOneAnswer(await scene.dojang.request("POST", "/payments/complete", { rawBody }), {
          word: "invalidRequest",
        });
        assertRefusal(
          await scene.dojang.request("POST", "/webhooks/iamport", { rawBody }),
          "invalid_request",
        );
      }
      const rawBody = `{"__proto__":{"name":"x","amount":1}}`;
      assertRefusal(await scene.dojang.request("POST", "/v1/orders", { rawBody }), "invalid_request");
    });
    await scene.expectNothingElse([]);
  });

  test("R39-c6 such names in metadata are kept as what they are: names", async () => {
    const scene = await world.scene();
    const metadata = '{"__proto__":"a","constructor":"b","toString":"c","then":"d"}';
    const rawBody = `{"name":"감귤","amount":${PRICE},"metadata":${metadata}}`;
    const answer = await scene.dojang.request("POST", "/v1/orders", { rawBody });
    assert.equal(answer.status, 201, answer.text);
    const order = answer.body.merchant_uid;
    const before = await scene.stored(order);
    assert.ok(before.order.metadata !== undefined && answer.text.includes('"__proto__":"a"'), answer.text);
    assert.deepEqual(Object.entries(before.order.metadata), Object.entries(JSON.parse(metadata)));
    const payment = await scene.expectHonestPaymentPays(order);
    assert.deepEqual(before.order.metadata, (await scene.stored(order)).order.metadata);
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R39-c7 a name twice in what a body holds is refused too", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const before = await scene.stored(order);
    for (const inner of [
      '"metadata":{"a":1,"a":2}',
      '"customer":{"tel":"01012345678","tel":"01087654321"}',
    ]) {
      const rawBody = `{"name":"감귤","amount":${PRICE},${inner}}`;
      assertRefusal(await scene.dojang.request("POST", "/v1/orders", { rawBody }), "malformed_request");
    }
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse([]);
  });
});
