// R24: who knows nothing learns nothing. Goal: "not there", "not yours" and "not like that" are one answer; guesses cost no
// call and leave no row; and no field of the gateway's document comes out by any door. Method: whole answers compared byte
// by byte, and payments full of sentinels through every outcome.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import type { Answer } from "../support/dojang.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { assertRefusal, expectNothingHappens } from "../support/forgery-refused.ts";
import { assertOneAnswer, type Word } from "../support/forgery-wire.ts";

/** Time stands still: no look of the server's own falls between the expected ones. */
const clock = new ManualClock(Date.now());
const worlds = { sandbox: await openWorld({ clock }), live: await openWorld({ mode: "live", clock }) };
const world = worlds.sandbox;
after(async () => {
  for (const each of Object.values(worlds)) await each.close();
});

/** All that a caller can see of an answer. The id that he sent himself is taken out, and with it the answer's length. */
function seen({ status, headers, text }: Pick<Answer, "status" | "headers" | "text">, sent?: string): object {
  const own = sent === undefined ? ["date"] : ["date", "content-length"];
  const lines = [...headers].filter(([name]) => !own.includes(name));
  return { status, lines, text: sent === undefined ? text : text.replaceAll(sent, "<sent>") };
}

function assertAlike(answers: readonly object[]): void {
  const [first] = answers;
  for (const answer of answers) assert.deepEqual(answer, first);
}

/** A minted id with its last sign changed: as like a true one as can be. */
const tampered = (id: string) => id.slice(0, -1) + (id.endsWith("A") ? "B" : "A");
const UNKNOWN = `dj_${"0".repeat(36)}`;

for (const [mode, each] of Object.entries(worlds)) {
  describe(`answers to who knows nothing, in ${mode}`, () => {
    test("R24-a1 an unknown order and a payment of another order get one answer, to the byte", async () => {
      const scene = await each.scene();
      const [order, elsewhere] = [await scene.order(), await scene.order()];
      const own = scene.pay(order, { status: "ready" });
      const other = await scene.expectHonestPaymentPays(elsewhere);
      const foreign = scene.pay("a-foreign-order-24");
      const pairs = [
        { payment: "imp_000000000024", sent: UNKNOWN },
        { payment: other.imp_uid, sent: UNKNOWN },
        { payment: own.imp_uid, sent: tampered(order) },
        { payment: own.imp_uid, sent: elsewhere },
        { payment: other.imp_uid, sent: order },
        { payment: foreign.imp_uid, sent: order },
        { payment: foreign.imp_uid, sent: "a-foreign-order-24" },
      ];
      const answers: object[] = [];
      for (const { payment, sent } of pairs) {
        const answer = await scene.complete(payment, sent);
        assertOneAnswer(answer, { word: "notFound", merchantUid: sent });
        answers.push(seen(answer, sent));
      }
      assertAlike(answers);
      await scene.expectStored(order, { status: "pending" });
      // Only a caller who knows an order makes us ask.
      const looks = [other, own, other, foreign].map(scene.lookLine);
      await scene.expectNothingElse(looks);
    });

    test("R24-a2 the page for all of them is one page", async () => {
      const scene = await each.scene();
      const order = await scene.order();
      const other = await scene.expectHonestPaymentPays(await scene.order());
      const { request } = scene.dojang;
      const redirect = (imp_uid: string, merchant_uid: string) =>
        request("GET", `/payments/redirect?${new URLSearchParams({ imp_uid, merchant_uid })}`);
      const pages = [
        await redirect("imp_000000000024", UNKNOWN),
        await redirect(other.imp_uid, UNKNOWN),
        await redirect(other.imp_uid, tampered(order)),
        await redirect(other.imp_uid, order),
        await redirect("../users/pg", order),
        await redirect("imp_1", "x"),
        await request("GET", "/payments/redirect"),
        await request("GET", `/checkout/${UNKNOWN}`),
        await request("GET", `/checkout/${tampered(order)}`),
        await request("GET", "/checkout/x"),
      ];
      assertAlike(pages.map((page) => seen(page)));
      assert.equal(pages[0]?.status, 404);
      await scene.expectNothingElse([other, other].map(scene.lookLine));
    });

    test("R24-a3 without the shop's key every order is one answer", async () => {
      const scene = await each.scene();
      const order = await scene.order();
      const { privateUrl } = scene.dojang.dojang;
      const answers: object[] = [];
      for (const key of ["", "Bearer wrong", "Bearer ", `Basic ${"x".repeat(40)}`]) {
        for (const path of [order, tampered(order), "x", "../users"]) {
          const response = await fetch(`${privateUrl}/v1/orders/${encodeURIComponent(path)}`, {
            headers: key === "" ? {} : { authorization: key },
          });
          const { status, headers } = response;
          answers.push(seen({ status, headers, text: await response.text() }));
        }
      }
      assertAlike(answers);
      assert.equal((answers[0] as { status: number }).status, 401);
      await scene.expectNothingElse([]);
    });

    test("R24-a4 a webhook about a known payment and one about none get one answer", async () => {
      const scene = await each.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const hooks = [
        await scene.dojang.webhook({ imp_uid: "imp_000000000024", merchant_uid: UNKNOWN, status: "paid" }),
        await scene.dojang.webhook({ imp_uid: payment.imp_uid, merchant_uid: UNKNOWN, status: "paid" }),
        await scene.dojang.webhook({ imp_uid: payment.imp_uid, merchant_uid: order, status: "paid" }),
        await scene.dojang.webhook({ imp_uid: payment.imp_uid, merchant_uid: order, status: "paid" }),
      ];
      assertAlike(hooks.map((hook) => seen(hook)));
      assert.equal(hooks[0]?.text, '{"status":"ok"}');
      await scene.quiet();
      const looks = scene.seenLines();
      assert.ok(looks.length === 1 || looks.length === 2, "two hints for one payment may share a look");
      await scene.expectNothingElse(looks.map(() => scene.lookLine(payment)));
    });
  });
}

describe("guesses", () => {
  test("R24-b 300 guesses cost no call, and leave no row, task or hint", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    await expectNothingHappens(scene, order, async () => {
      const guesses = Array.from(
        { length: 300 },
        (_, i) => order.slice(0, -3) + i.toString().padStart(3, "0"),
      );
      for (let i = 0; i < guesses.length; i += 50) {
        const batch = guesses.slice(i, i + 50).filter((guess) => guess !== order);
        const answers = await Promise.all(batch.map((guess) => scene.complete(payment, guess)));
        for (const answer of answers) assert.equal(answer.status, 404);
      }
    });
    await scene.expectAnswer("success", { payment, order });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R24-d ids of one second share nothing but the second", async () => {
    const { orderIds } = world.dojang.dojang.deps;
    const ids = Array.from({ length: 2000 }, () => orderIds.mint());
    assert.equal(new Set(ids).size, ids.length);
    const timeEnd = "dj_".length + 6;
    assert.equal(new Set(ids.map((id) => id.slice(0, timeEnd))).size, 1, "the clock stands still");
    for (let at = timeEnd; at < 39; at++) {
      const signs = new Set(ids.map((id) => id[at]));
      assert.equal(signs.size, 64, `position ${at} takes every sign`);
    }
    for (const id of ids.slice(0, 50)) {
      assert.ok(orderIds.isOurs(id));
      assert.ok(!orderIds.isOurs(tampered(id)));
    }
  });

  for (const path of [
    "/payments/{imp}",
    "/payments?imp_uid={imp}",
    "/payments?imp_uid[]={imp}",
    "/payments/find/{order}",
    "/payments/findAll/{order}",
    "/payments/complete?imp_uid={imp}&merchant_uid={order}",
    "/payments/complete/{imp}",
    "/payments/prepare/{order}",
    "/v1/payments/{imp}",
    "/orders/{order}",
    "/webhooks/iamport",
    "/admin/api/payments",
  ]) {
    test(`R24-e GET ${path} gives nobody a payment`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, SENTINELS);
      await expectNothingHappens(scene, order, async () => {
        const filled = path.replace("{imp}", payment.imp_uid).replace("{order}", order);
        const answer = await scene.dojang.request("GET", filled, { isShop: false });
        assert.ok([401, 404].includes(answer.status), `${answer.status}`);
        assertRefusal(answer, answer.status === 401 ? "unauthorized" : "not_found", answer.status);
        assertNoSentinel(answer.text);
      });
      await scene.expectNothingElse([]);
    });
  }
});

const SENTINEL = "sentinel24";
const SENTINELS: NewPayment = {
  name: `${SENTINEL}-product`,
  buyer_name: `${SENTINEL}-buyer`,
  buyer_email: `${SENTINEL}@buyer.test`,
  buyer_tel: `010-${SENTINEL}`,
  buyer_addr: `${SENTINEL}-street`,
  buyer_postcode: SENTINEL,
  card_number: `4111-${SENTINEL}`,
  card_name: `${SENTINEL}-card`,
  apply_num: SENTINEL,
  pg_tid: `${SENTINEL}-tid`,
  custom_data: `{"note":"${SENTINEL}"}`,
  user_agent: SENTINEL,
  fail_reason: `${SENTINEL}-fail`,
  cancel_reason: `${SENTINEL}-cancel`,
  raw: { vbank_code: `"${SENTINEL}"`, unknown_field: `"${SENTINEL}"`, bank_name: `"${SENTINEL}"` },
};

function assertNoSentinel(text: string): void {
  assert.ok(!text.includes(SENTINEL), text);
}

/** Every door that shows anything of this pair, browser and shop. */
async function everyReply(scene: Scene, ids: { imp_uid: string; merchant_uid: string }): Promise<Answer[]> {
  const { request } = scene.dojang;
  const { merchant_uid: order } = ids;
  return [
    await scene.dojang.complete(ids),
    await request("GET", `/payments/redirect?${new URLSearchParams(ids)}`),
    await request("GET", `/checkout/${order}`),
    await scene.dojang.webhook({ ...ids, status: "paid" }),
    await scene.dojang.read(order),
    await request("GET", "/v1/orders?limit=5"),
    await request("GET", "/v1/customers/c-24"),
  ];
}

const OUTCOMES: readonly { word: Word; fields: NewPayment }[] = [
  { word: "success", fields: {} },
  { word: "forgery", fields: { amount: 100 } },
  { word: "pending", fields: { status: "ready" } },
  { word: "failed", fields: { status: "failed" } },
  { word: "closed", fields: { status: "cancelled", cancel_amount: PRICE } },
  { word: "vbankIssued", fields: { pay_method: "vbank", status: "ready" } },
];

describe("the gateway's document", () => {
  for (const [mode, each] of Object.entries(worlds)) {
    for (const { word, fields } of OUTCOMES) {
      test(`R24-c in ${mode}: no field of it but the documented ones comes out when the answer is ${word}`, async () => {
        const scene = await each.scene();
        const order = await scene.order({ customer: { id: "c-24" } });
        const payment = scene.pay(order, { ...SENTINELS, ...fields });
        const before = scene.dojang.logLines.length;
        await scene.expectAnswer(word, { payment, order });
        for (const reply of await everyReply(scene, { imp_uid: payment.imp_uid, merchant_uid: order })) {
          assert.ok(reply.status < 500, reply.text);
          assertNoSentinel(reply.text + JSON.stringify([...reply.headers]));
        }
        await scene.quiet();
        for (const line of scene.dojang.logLines.slice(before)) assertNoSentinel(line);
        const hooks = scene.seenLines();
        await scene.expectNothingElse(hooks.map(() => scene.lookLine(payment)));
        assert.equal(hooks.length, 4, "complete twice, redirect and webhook once");
      });
    }
  }
});
