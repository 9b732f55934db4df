// Goal: i'mport hears 200 for a payment that may be approved, and a reason for every other, in whatever form it asks. Method: the real
// server over HTTP, a shop's hook and the emulator's window; time stands still.
import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import { DojangError } from "../../src/errors.ts";
import { answers, openConfirmWorld, yes } from "../support/open-confirm-world.ts";
import { until } from "../support/until.ts";

const world = await openConfirmWorld();
after(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  world.says = yes;
  world.questions.length = 0;
});

const { dojang, emulator, clock } = world;
let count = 100;
const nextId = () => `imp_${String(count++).padStart(12, "0")}`;
const ask = (order: string, fields = {}) =>
  world.confirm({ imp_uid: nextId(), merchant_uid: order, amount: 50_000, ...fields });

describe("POST /payments/confirm", () => {
  test("answers 200 and an empty object, once the shop has said yes to what it needs to know", async () => {
    const order = await world.order();
    const imp_uid = nextId();
    const answer = await ask(order, { imp_uid });
    assert.deepEqual([answer.status, answer.text], [200, "{}"]);
    assert.deepEqual(world.questions, [
      {
        type: "payment.confirm",
        timestamp: new Date(clock.now()).toISOString(),
        data: { merchant_uid: order, imp_uid, amount: 50_000, currency: "KRW" },
      },
    ]);
    assert.deepEqual(await world.events(order), ["order.registered", "payment.let_through"]);
    await world.quiet();
    assert.ok(
      !world.told().some(({ event }) => event.type === "payment.let_through"),
      "not the shop's to hear",
    );
  });

  test("takes JSON and forms alike, an amount as number or text, and fields it does not know", async () => {
    const forms: readonly (readonly [Record<string, unknown>, boolean])[] = [
      [{ amount: "50000" }, false],
      [{ amount: 50_000, extra: { a: [1] } }, false],
      [{ amount: "50000", extra: "x" }, true],
      [{ amount: "50000.00" }, true],
    ];
    for (const [fields, isForm] of forms) {
      const order = await world.order();
      const answer = await world.confirm({ imp_uid: nextId(), merchant_uid: order, ...fields }, { isForm });
      assert.equal(answer.status, 200, answer.text);
    }
  });

  const ids = { imp_uid: "imp_000000000001", merchant_uid: "an-order-of-ours" };
  for (const [what, rawBody] of [
    ["no JSON", "{"],
    ["nothing", ""],
    ["a list", "[]"],
    ["a key twice", '{"imp_uid":"imp_1","imp_uid":"imp_2","merchant_uid":"an-order-of-ours","amount":1}'],
    ["no imp_uid", JSON.stringify({ ...ids, imp_uid: undefined, amount: 1 })],
    ["an imp_uid of another shape", JSON.stringify({ ...ids, imp_uid: "../users/getToken", amount: 1 })],
    ["no merchant_uid", JSON.stringify({ ...ids, merchant_uid: undefined, amount: 1 })],
    ["a merchant_uid that is no text", JSON.stringify({ ...ids, merchant_uid: [1], amount: 1 })],
    ["no amount", JSON.stringify(ids)],
    ["an amount that is no number", JSON.stringify({ ...ids, amount: true })],
    [
      "an amount without an end",
      `{"imp_uid":"imp_1","merchant_uid":"an-order-of-ours","amount":${"1".repeat(60)}}`,
    ],
    ["a body that is too large", JSON.stringify({ ...ids, amount: 1, pad: "x".repeat(9000) })],
  ] as const) {
    test(`answers 400 and a reason to ${what}`, async () => {
      const answer = await dojang.request("POST", "/payments/confirm", { rawBody });
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(Object.keys(answer.body), ["reason"]);
      assert.deepEqual(world.questions, []);
    });
  }

  test("gives its reasons in Korean, and in English for an order that is not in won", async () => {
    const won = await ask(await world.order(), { amount: 1 });
    assert.deepEqual([won.status, won.body], [409, { reason: "결제 금액이 주문 금액과 다릅니다" }]);
    const usd = await ask(await world.order({ amount: 14.2, currency: "USD" }), { amount: 1420 });
    assert.deepEqual([usd.status, usd.body], [409, { reason: "The amount is not what the order costs" }]);
    const good = await ask(await world.order({ amount: 14.2, currency: "USD" }), { amount: 14.2 });
    assert.equal(good.status, 200);
  });

  test("gives the shop's words where it has any, as one line of plain text", async () => {
    world.says = answers(409, '{"reason":"재고 부족\\n(0개)"}');
    assert.deepEqual((await ask(await world.order())).body, { reason: "재고 부족 (0개)" });
    world.says = answers(409);
    assert.deepEqual((await ask(await world.order())).body, { reason: "판매자가 주문을 받을 수 없습니다" });
  });

  test("refuses while the database takes no write, and when Dojang itself has a fault", async () => {
    const { store } = dojang.dojang.deps;
    const { transact } = store;
    for (const thrown of [new DojangError("storage_unavailable", "x"), new Error("a fault of ours")]) {
      const order = await world.order();
      store.transact = async () => {
        throw thrown;
      };
      const answer = await ask(order).finally(() => {
        store.transact = transact;
      });
      assert.equal(answer.status, 409);
      assert.match(answer.body.reason, /^결제를 확인할 수 없습니다/);
    }
  });

  test("refuses within 2 s, also when the database hangs", async () => {
    const { store } = dojang.dojang.deps;
    const { readOrder } = store;
    const order = await world.order();
    let isAsked = false;
    store.readOrder = () => {
      isAsked = true;
      return new Promise(() => {});
    };
    const answer = ask(order).finally(() => {
      store.readOrder = readOrder;
    });
    await until("the order is read", () => isAsked);
    clock.advance(1999);
    assert.equal((await answer).status, 409);
  });
});

describe("the emulator's window with a confirm_url", () => {
  async function pay(order: string, amount = 50_000) {
    const opening = emulator.openWindow({
      userCode: emulator.userCode,
      params: {
        merchant_uid: order,
        amount,
        name: "감귤 5kg",
        channelKey: "channel-key-live-inicis-dojang0",
        confirm_url: `${dojang.url}/payments/confirm`,
      },
    });
    assert.ok(opening.ok);
    return emulator.settleWindow(opening.payment.imp_uid, { kind: "card" });
  }

  for (const confirmUrlFormat of ["json", "form"] as const) {
    test(`approves what Dojang lets through, asked as ${confirmUrlFormat}`, async () => {
      emulator.model.switches.confirmUrlFormat = confirmUrlFormat;
      const settled = await pay(await world.order());
      assert.equal(settled?.payment.status, "paid");
    });
  }

  test("fails a payment of another amount, and one that the shop refuses, with the reason", async () => {
    const wrong = await pay(await world.order(), 49_999);
    assert.match(wrong?.payment.fail_reason ?? "", /상세사유 : 결제 금액이 주문 금액과 다릅니다/);
    world.says = answers(409, '{"reason":"재고 부족"}');
    const refused = await pay(await world.order());
    assert.equal(refused?.payment.status, "failed");
    assert.match(refused?.payment.fail_reason ?? "", /상세사유 : 재고 부족/);
  });
});
