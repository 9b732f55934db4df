// R28, K15: between "verified" and "shipped". Goal: while the gateway does not say, in one whole answer, that this very payment
// still pays this order, nobody is told to ship; once it does, the shop is told. Method: the shop's endpoint is down until the
// last look is old; then the gateway says something else, and time passes.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Emulator } from "../../src/emulator/emulator.ts";
import type { PaymentLens } from "../../src/emulator/payment-json.ts";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { openReceiver } from "../emulator/open-receiver.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { assertRefusal } from "../support/forgery-refused.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { listLine, MINUTE_MS, pass, SECOND_MS } from "../support/forgery-time.ts";

const clock = new ManualClock();
const shop = await openReceiver();
const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const world = await openWorld({
  clock,
  env: { DOJANG_EVENTS_URL: shop.url, DOJANG_EVENTS_SECRET: secret },
}).catch(async (error: unknown) => {
  await shop[Symbol.asyncDispose]();
  throw error;
});
after(async () => {
  await world.close();
  await shop[Symbol.asyncDispose]();
});

interface Waiting {
  readonly scene: Scene;
  readonly order: string;
  readonly payment: PaymentRecord;
  /** Types of the events that the shop took, in order; an attempt that it refused is none. */
  readonly taken: () => string[];
}

/** A verified payment whose `order.paid` the shop has not taken; the look at it is too old to ship by. */
async function begin(): Promise<Waiting> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  await pass(scene, 3 * MINUTE_MS, SECOND_MS, SECOND_MS); // the last event of an earlier scene is out
  const order = await scene.order();
  const before = shop.received.length;
  shop.answers.push(500, 500);
  const payment = await scene.expectHonestPaymentPays(order);
  await pass(scene, 0, 5 * SECOND_MS);
  const attempts = () => shop.received.slice(before).map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    attempts().map(({ type }) => type),
    ["order.paid", "order.paid"],
    "told twice, and not taken",
  );
  const mine = () =>
    attempts()
      .slice(2)
      .filter(({ data }) => data.merchant_uid === order);
  return { scene, order, payment, taken: () => mine().map(({ type }) => type) };
}

const AFTER = [5 * MINUTE_MS, SECOND_MS, SECOND_MS, SECOND_MS];

const BACK: readonly {
  readonly id: string;
  readonly what: string;
  readonly move: (emulator: Emulator, impUid: string) => unknown;
  readonly status: string;
}[] = [
  { id: "R28-l", what: "all of it cancelled", move: (at, id) => at.silentCancel(id), status: "refunded" },
  {
    id: "R28-m",
    what: "a part of it cancelled",
    move: (at, id) => at.silentCancel(id, 10_000),
    status: "partially_refunded",
  },
  {
    id: "R28-n",
    what: "a chargeback without a history",
    move: (at, id) => at.edit(id, { status: "cancelled", cancel_amount: String(PRICE) }),
    status: "refunded",
  },
];

describe("order.paid of a payment that went back before the shop took it", () => {
  for (const { id, what, move, status } of BACK) {
    test(`${id} ${what}: the shop hears what became of it, and never that it was paid`, async () => {
      const { scene, order, payment, taken } = await begin();
      move(scene.emulator, payment.imp_uid);
      await pass(scene, ...AFTER);
      assert.deepEqual(taken(), [`order.${status}`, "discrepancy.opened"]);
      await scene.expectStored(order, {
        status,
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: status === "refunded" ? "reversed" : "applied" },
        discrepancies: ["cancelled_elsewhere"],
      });
      scene.seenLines();
      await scene.expectBystandersUnchanged();
    });
  }
});

const DOUBTS: readonly {
  readonly id: string;
  readonly what: string;
  readonly lens: PaymentLens;
  readonly discrepancies?: readonly string[];
}[] = [
  {
    id: "R28-o",
    what: "cancelled, without an amount",
    lens: { raw: { status: '"cancelled"' } },
    discrepancies: ["cancelled_elsewhere"],
  },
  {
    id: "R28-p",
    what: "another amount",
    lens: { raw: { amount: "1000" } },
    discrepancies: ["amount_mismatch"],
  },
  {
    id: "R28-q",
    what: "another currency",
    lens: { raw: { currency: '"VND"' } },
    discrepancies: ["currency_mismatch"],
  },
  {
    id: "R28-r",
    what: "a live payment in sandbox",
    lens: { raw: { sandbox: "false" } },
    discrepancies: ["test_payment"],
  },
  {
    id: "R28-s",
    what: "ready again",
    lens: { raw: { status: '"ready"', paid_at: "0" } },
    discrepancies: ["payment_regressed"],
  },
  {
    id: "R28-t",
    what: "failed after all",
    lens: { raw: { status: '"failed"', paid_at: "0" } },
    discrepancies: ["payment_regressed"],
  },
  { id: "R28-u", what: "no status", lens: { omit: ["status"] } },
  { id: "R28-v", what: "a status of its own", lens: { raw: { status: '"settled"' } } },
  { id: "R28-w", what: "no cancelled amount", lens: { omit: ["cancel_amount"] } },
  { id: "R28-x", what: "no kind of channel", lens: { omit: ["sandbox"] }, discrepancies: ["test_payment"] },
];

describe("order.paid of a payment that the gateway does not stand by", () => {
  for (const { id, what, lens, discrepancies = [] } of DOUBTS) {
    test(`${id} ${what}: the shop hears nothing of paid, until the gateway stands by it or an operator does`, async () => {
      const { scene, order, payment, taken } = await begin();
      const end = scene.emulator.override(
        { method: "GET", path: `/payments/${payment.imp_uid}` },
        { payment: lens },
      );
      await pass(scene, ...AFTER, MINUTE_MS, MINUTE_MS, SECOND_MS);
      assert.equal(taken().includes("order.paid"), false, "nobody ships by such an answer");
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
        discrepancies,
      });
      await scene.expectAnswer("success", { payment, order });
      end();
      // Twice: what was stored as cancelled and is shown as paid again has gone backwards, which is a finding of its own.
      for (let times = 0; times < 2; times += 1) {
        await dismissAll(scene);
        await pass(scene, 2 * MINUTE_MS, 2 * MINUTE_MS);
      }
      assert.equal(taken().filter((type) => type === "order.paid").length, 1);
      scene.seenLines();
      await scene.expectBystandersUnchanged();
    });
  }

  test("R28-y no such payment any more: the shop hears nothing until it is shown again", async () => {
    const { scene, order, payment, taken } = await begin();
    const body = JSON.stringify({ code: -1, message: "존재하지 않는 결제정보입니다.", response: null });
    const path = `/payments/${payment.imp_uid}`;
    const end = scene.emulator.override({ method: "GET", path }, { status: 404, body });
    await pass(scene, ...AFTER, MINUTE_MS);
    assert.deepEqual(taken(), []);
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    end();
    await pass(scene, MINUTE_MS);
    assert.deepEqual(taken(), ["order.paid"]);
    await scene.expectBystandersUnchanged();
  });

  test("R28-z shown under another order now: the shop hears nothing until it is this one's again", async () => {
    const { scene, order, payment, taken } = await begin();
    const other = await scene.order();
    const lens = { raw: { merchant_uid: JSON.stringify(other) } };
    const path = `/payments/${payment.imp_uid}`;
    const end = scene.emulator.override({ method: "GET", path }, { payment: lens });
    await pass(scene, ...AFTER, MINUTE_MS);
    assert.deepEqual(taken(), []);
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    assert.equal((await scene.stored(other)).order.status, "pending");
    end();
    await dismissAll(scene);
    await pass(scene, 3 * MINUTE_MS);
    assert.deepEqual(taken(), ["order.paid"]);
    await scene.expectBystandersUnchanged();
  });
});

describe("POST /v1/orders/{merchant_uid}/verify of a payment that cannot be read now", () => {
  const UNREADABLE: readonly { readonly id: string; readonly what: string; readonly lens: PaymentLens }[] = [
    { id: "R28-aa", what: "no status", lens: { omit: ["status"] } },
    { id: "R28-ab", what: "a status of its own", lens: { raw: { status: '"settled"' } } },
    { id: "R28-ac", what: "no amount", lens: { omit: ["amount"] } },
    { id: "R28-ad", what: "another order's id", lens: { raw: { merchant_uid: '"another-system-1"' } } },
  ];
  for (const { id, what, lens } of UNREADABLE) {
    test(`${id} ${what}: the shop hears that nothing is known, not that it is paid`, async () => {
      const scene = await world.scene();
      scene.emulator.webhooks.auto = false;
      const order = await scene.order();
      const payment = await scene.expectHonestPaymentPays(order);
      await scene.quiet();
      const before = await scene.stored(order);
      const verify = () => scene.dojang.request("POST", `/v1/orders/${order}/verify`);
      const path = `/payments/${payment.imp_uid}`;
      const end = scene.emulator.override({ method: "GET", path }, { payment: lens });
      assertRefusal(await verify(), "gateway_unavailable", 503);
      assertUnchanged(before, await scene.stored(order));
      end();
      const answer = await verify();
      assert.deepEqual([answer.status, answer.body.status], [200, "paid"]);
      const look = scene.lookLine(payment);
      await scene.expectNothingElse([look, listLine(order), look, listLine(order), look]);
    });
  }
});

/** An operator has looked into everything. */
async function dismissAll({ dojang }: Scene): Promise<void> {
  const open = await dojang.request("GET", "/v1/discrepancies?status=open");
  for (const { id } of open.body.data) {
    const body = { action: "dismiss", reason: "the PG says that it is paid" };
    const answer = await dojang.request("POST", `/v1/discrepancies/${id}/resolve`, { body });
    assert.equal(answer.status, 200, answer.text);
  }
}
