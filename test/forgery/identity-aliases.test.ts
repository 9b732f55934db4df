// R23: one payment has one spelling, one order too. Goal: no other spelling of an id pays twice, joins two orders or finds
// a stored row. Method: every alias of a payment that already paid, through every entrance; then ids of the gateway and of
// the shop that differ in case or in a sign only, and must stay two.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { paymentBody } from "../../src/emulator/payment-json.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { expectPaidByItself, expectPendingOnly, VERIFY_AGAIN_MS } from "../support/forgery-pending.ts";
import {
  expectNothingHappens,
  expectRefusedAsOrder,
  expectRefusedAsPayment,
} from "../support/forgery-refused.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";

/** Time stands still: no look of the server's own falls between the expected ones. */
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
after(() => world.close());

const fullWidth = (text: string) =>
  text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));

/** Spellings that some reader, database or font takes for the same id. None has the shape of an id. */
const ALIASES: Readonly<Record<string, readonly [what: string, alias: (id: string) => string]>> = {
  "R23-a1": ["a fragment", (id) => `${id}#1`],
  "R23-a2": ["an empty fragment", (id) => `${id}#`],
  "R23-b1": ["a query", (id) => `${id}?x`],
  "R23-b2": ["an empty query", (id) => `${id}?`],
  "R23-c": ["a list's brackets", (id) => `["${id}"]`],
  "R23-d1": ["capitals", (id) => id.toUpperCase()],
  "R23-d2": ["one capital", (id) => id.replace("i", "I")],
  "R23-d3": ["a dotless i", (id) => id.replace("i", "ı")],
  "R23-d4": ["a dotted I", (id) => id.replace("i", "İ")],
  "R23-e1": ["a space behind", (id) => `${id} `],
  "R23-e2": ["a space before", (id) => ` ${id}`],
  "R23-e3": ["a tab behind", (id) => `${id}\t`],
  "R23-e4": ["a new line behind", (id) => `${id}\n`],
  "R23-e5": ["a carriage return behind", (id) => `${id}\r`],
  "R23-e6": ["a null behind", (id) => `${id}\0`],
  "R23-e7": ["a hard space behind", (id) => `${id}\u00a0`],
  "R23-e8": ["a space of no width", (id) => `${id}\u200b`],
  "R23-e9": ["a byte order mark before", (id) => `\ufeff${id}`],
  "R23-f1": ["an accent to drop", (id) => `${id}\u0301`],
  "R23-f2": ["a joined letter to take apart", (id) => id.replace("i", "í")],
  "R23-f3": ["a soft hyphen", (id) => id.replace("_", "_\u00ad")],
  "R23-g1": ["full width", fullWidth],
  "R23-g2": ["one full-width digit", (id) => id.replace(/\d$/, (digit) => fullWidth(digit))],
  "R23-g3": [
    "an Arabic digit",
    (id) => id.replace(/\d$/, (digit) => String.fromCharCode(0x660 + Number(digit))),
  ],
  "R23-g4": ["a Cyrillic letter", (id) => id.replace("p", "р")],
  "R23-g5": ["a full-width line", (id) => id.replace("_", "＿")],
  "R23-h1": ["an encoded digit", (id) => id.replace(/\d$/, (digit) => `%3${digit}`)],
  "R23-h2": ["a slash behind", (id) => `${id}/`],
  "R23-h3": ["a dot behind", (id) => `${id}.`],
  "R23-h4": ["quotes around", (id) => `"${id}"`],
};

describe("another spelling of a payment that has paid", () => {
  for (const [name, [what, alias]] of Object.entries(ALIASES)) {
    test(`${name} ${what} is refused, and pays no second order`, async () => {
      const scene = await world.scene();
      const [paid, open] = [await scene.order(), await scene.order()];
      const payment = await scene.expectHonestPaymentPays(paid);
      for (const order of [paid, open]) await expectRefusedAsPayment(scene, alias(payment.imp_uid), order);
      await scene.expectStored(open, { status: "pending" });
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });

    test(`${name} ${what} as an order's id is refused, and registers no second one`, async () => {
      const scene = await world.scene();
      const order = await scene.order({ merchant_uid: `imp_order-0000-${name}` });
      const payment = await scene.expectHonestPaymentPays(order);
      const spelled = alias(order);
      // In the alphabet of orders other letters are another order: see below.
      if (/^[\w-]{8,40}$/.test(spelled)) {
        await scene.expectAnswer("notFound", { payment, order: spelled });
      } else {
        await expectNothingHappens(scene, order, () => expectRefusedAsOrder(scene, spelled, payment.imp_uid));
      }
      await scene.expectNothingElse([scene.lookLine(payment)]);
    });
  }
});

/** Ids of good shape that a loose comparison takes for one another. */
const PAIRS: Readonly<Record<string, readonly [one: string, other: string]>> = {
  "R23-i1 by case": ["imp_AbCdEf000001", "imp_aBcDeF000001"],
  "R23-i2 by prefix": ["imp_000000230002", "imps_000000230002"],
  "R23-i3 by a sign that is any sign in SQL": ["imp_000000_230003", "imp_000000x230003"],
  "R23-i4 by a zero before": ["imp_00000000230004", "imp_0000000230004"],
  "R23-i5 by a dash": ["imp_00000-0230005", "imp_000000230005"],
  "R23-i6 by length": ["imp_230006000000000000000000001", "imp_23000600000000000000000000"],
  "R23-i7 as numbers": ["imp_1e3", "imp_1000"],
};

describe("two payments whose ids look alike", () => {
  for (const [name, [one, other]] of Object.entries(PAIRS)) {
    test(`${name} are two`, async () => {
      const scene = await world.scene();
      const [order, elsewhere] = [await scene.order(), await scene.order()];
      const first = scene.pay(order, { imp_uid: one });
      const second = scene.pay(elsewhere, { imp_uid: other });
      await scene.expectAnswer("success", { payment: first, order });
      await scene.expectAnswer("notFound", { payment: first, order: elsewhere });
      await scene.expectAnswer("notFound", { payment: second, order });
      await scene.expectStored(elsewhere, { status: "pending" });
      await scene.expectAnswer("success", { payment: second, order: elsewhere });
      for (const [id, paidBy] of [
        [order, one],
        [elsewhere, other],
      ] as const) {
        await scene.expectStored(id, { status: "paid", paidBy, payments: { [paidBy]: "applied" } });
      }
      await scene.expectNothingElse([first, first, second, second].map(scene.lookLine));
    });
  }

  test("R23-j1 an alias that only a lenient gateway knows brings nothing here", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { imp_uid: "imp_Kelvin23j1" });
    const alias = scene.pay("a-foreign-order-23", { imp_uid: "imp_kelvin23j1" });
    // It looks its ids up without regard to case, and answers with the one it found.
    const match = { path: `/payments/${alias.imp_uid}`, times: 1 };
    world.emulator.override(match, { body: paymentBody(payment, true).toString() });
    await expectPendingOnly(scene, { payment: alias, order });
    await scene.expectAnswer("success", { payment, order });
    // The task's own look hears the truth about the alias: it belongs to another order.
    const before = await scene.stored(order);
    clock.advance(VERIFY_AGAIN_MS);
    await scene.quiet();
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse([alias, payment, alias].map(scene.lookLine));
  });

  test("R23-j2 an alias that the gateway does not know is pending, and never the other payment", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { imp_uid: "imp_KELVIN23j2" });
    await scene.expectAnswer("pending", { payment: "imp_kelvin23j2", order });
    await scene.expectStored(order, { status: "pending" });
    await expectPaidByItself(scene, { payment, order }, 5);
    const list = `GET /payments/findAll/${order}?page=1&limit=1000&sorting=-started`;
    await scene.expectNothingElse([scene.lookLine("imp_kelvin23j2"), list, scene.lookLine(payment)]);
  });
});

const ORDERS: Readonly<Record<string, readonly [one: string, other: string]>> = {
  "R23-k1 by case": ["Order-23-k1", "order-23-K1"],
  "R23-k2 by a sign that is any sign in SQL": ["order_23_k2", "orderx23_k2"],
  "R23-k3 by a dash": ["order-23-k3", "order_23_k3"],
  "R23-k4 by a zero": ["00000023001", "0000023001"],
  "R23-k5 by length": ["x".repeat(40), "x".repeat(39)],
  "R23-k6 as numbers": ["12345678", "12345678e0"],
};

async function registerBoth(scene: Scene, ids: readonly [string, string]) {
  return {
    one: await scene.order({ merchant_uid: ids[0] }),
    other: await scene.order({ merchant_uid: ids[1] }),
  };
}

describe("two orders whose ids look alike", () => {
  for (const [name, ids] of Object.entries(ORDERS)) {
    test(`${name} are two`, async () => {
      const scene = await world.scene();
      const { one, other } = await registerBoth(scene, ids);
      const payment = scene.pay(one);
      const before = await scene.stored(other);
      await scene.expectAnswer("notFound", { payment, order: other });
      assertUnchanged(before, await scene.stored(other));
      await scene.expectAnswer("success", { payment, order: one });
      assertUnchanged(before, await scene.stored(other));
      const found = await scene.dojang.request("GET", `/v1/orders?q=${one}`);
      assert.deepEqual(
        found.body.data.map((row: { merchant_uid: string }) => row.merchant_uid),
        [one],
      );
      const honest = await scene.expectHonestPaymentPays(other);
      await scene.expectNothingElse([payment, payment, honest].map(scene.lookLine));
    });
  }

  for (const [name, spelled] of Object.entries({
    "R23-l1 in another case": (id: string) => id.toUpperCase(),
    "R23-l2 with a space behind": (id: string) => `${id} `,
    "R23-l3 in full width": fullWidth,
    "R23-l4 with an accent": (id: string) => `${id}\u0301`,
    "R23-l5 with a null behind": (id: string) => `${id}\0`,
  })) {
    test(`${name} the gateway's order is not ours`, async () => {
      const scene = await world.scene();
      const order = await scene.order({ merchant_uid: `order-${name.slice(0, 6).toLowerCase()}` });
      const payment = scene.pay(spelled(order));
      const before = await scene.stored(order);
      await scene.expectAnswer("notFound", { payment, order });
      await scene.webhook(payment, { merchant_uid: order });
      assertUnchanged({ ...before, tasks: [] }, { ...(await scene.stored(order)), tasks: [] });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([payment, payment, honest].map(scene.lookLine));
    });
  }
});
