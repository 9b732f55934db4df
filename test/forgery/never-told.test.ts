// R51 and R58, and what the fault model calls X7 and X19: nobody tells. Goal: money that moved is found within a minute with
// every webhook and every browser lost, and whatever else the gateway does meanwhile; who comes back days later hears the
// truth. Method: a server that sweeps, time that passes second by second, and a gateway that never sends a webhook to us.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { NewPayment, PaymentRecord } from "../../src/emulator/payment-record.ts";
import { openReceiver } from "../emulator/open-receiver.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, pass, SECOND_MS } from "../support/forgery-time.ts";

const clock = new ManualClock();
const world = await openWorld({ clock, sweeps: true, env: { DOJANG_PAY_WITHIN: "2000h" } });
after(() => world.close());

/** The longest that money may stay unseen (I17). */
const FOUND_S_MAX = 60;
const ACCOUNT = { pay_method: "vbank", status: "ready" } as const;
const DOWN = { status: 503, body: "" };

async function begin(fields: Record<string, unknown> = {}): Promise<{ scene: Scene; order: string }> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  return { scene, order: await scene.order(fields) };
}

/** Lets at most a minute pass, in steps of five seconds, until the order is of this status. */
async function expectFound(scene: Scene, at: { order: string; payment: PaymentRecord; status?: string }) {
  const { order, payment, status = "paid" } = at;
  for (let second = 0; (await scene.stored(order)).order.status !== status; second += 5) {
    assert.ok(second < FOUND_S_MAX, `not ${status} within a minute`);
    await pass(scene, 5 * SECOND_MS);
  }
  await scene.expectStored(order, {
    status,
    paidBy: payment.imp_uid,
    payments: { [payment.imp_uid]: status === "refunded" ? "reversed" : "applied" },
    discrepancies: status === "paid" ? [] : ["cancelled_elsewhere"],
  });
  scene.seenLines();
  await scene.expectBystandersUnchanged();
}

describe("a webhook that never comes here", () => {
  test("R51-a1 because the page named a notice_url of its own: the payment is found", async () => {
    await using theirs = await openReceiver();
    const { scene, order } = await begin();
    scene.emulator.webhooks.auto = true;
    const payment = scene.pay(order, { noticeUrls: [theirs.url], notify: true });
    await expectFound(scene, { order, payment });
    assert.equal(theirs.received.length, 1);
    const hints = await world.dojang.dojang.deps.store.readHints(100);
    assert.equal(
      hints.some(({ paymentId }) => paymentId === payment.imp_uid),
      false,
    );
  });

  test("R51-a2 because the notice_url is nobody's: the payment is found", async () => {
    const { scene, order } = await begin();
    scene.emulator.webhooks.auto = true;
    const payment = scene.pay(order, { noticeUrls: ["http://127.0.0.1:9/hook"], notify: true });
    await expectFound(scene, { order, payment });
  });

  const LOST: readonly {
    readonly id: string;
    readonly what: string;
    /** How old the order is when it is paid: the first look at it comes after 10 s, later ones after minutes. */
    readonly afterMs: number;
    readonly fields?: NewPayment;
  }[] = [
    { id: "R51-b1", what: "of a payment right after the order", afterMs: 0 },
    { id: "R51-b2", what: "of a payment between two looks", afterMs: 6 * MINUTE_MS },
    { id: "R51-b3", what: "of a payment the next day", afterMs: DAY_MS },
    { id: "R51-b4", what: "of a payment a month later", afterMs: 30 * DAY_MS },
    {
      id: "R58-b1",
      what: "and no browser either, by phone",
      afterMs: MINUTE_MS,
      fields: { channel: "mobile" },
    },
    {
      id: "R58-b2",
      what: "and no browser either, through another channel",
      afterMs: 0,
      fields: { channelKey: "channel-key-test-kakaopay" },
    },
  ];
  for (const { id, what, afterMs, fields } of LOST) {
    test(`${id} ${what}: it is found within a minute`, async () => {
      const { scene, order } = await begin();
      if (afterMs > 0) await pass(scene, afterMs);
      const payment = scene.pay(order, { started_at: Math.floor(clock.now() / SECOND_MS), ...fields });
      await expectFound(scene, { order, payment });
      await scene.expectAnswer("success", { payment, order });
    });
  }

  test("R51-b5 while the gateway is down for ten minutes: found within a minute after that", async () => {
    const { scene, order } = await begin();
    scene.emulator.override({ path: /^\/payments\// }, DOWN);
    const payment = scene.pay(order);
    await pass(scene, ...Array<number>(10).fill(MINUTE_MS));
    assert.equal((await scene.stored(order)).order.status, "pending");
    scene.emulator.overrides.clear();
    await expectFound(scene, { order, payment });
  });

  test("R51-b6 of twenty orders, paid one a second: all are found, and the calls stay few", async () => {
    const { scene } = await begin();
    const orders = await Promise.all(Array.from({ length: 20 }, () => scene.order()));
    await pass(scene, 2 * MINUTE_MS);
    scene.emulator.requests.clear();
    const paid: { order: string; payment: PaymentRecord }[] = [];
    for (const order of orders) {
      paid.push({ order, payment: scene.pay(order) });
      await pass(scene, SECOND_MS);
    }
    for (const at of paid) await expectFound(scene, at);
    const calls = scene.seenLines().length;
    assert.ok(calls <= 20 * 3 + 60, `${calls} calls for twenty payments`);
  });

  test("R51-b7 of a payment that the gateway's lists show a minute and a half late: found within a minute after that", async () => {
    const { scene, order } = await begin();
    await pass(scene, 6 * MINUTE_MS);
    const response = { total: 0, previous: 0, next: 0, list: [] };
    const body = JSON.stringify({ code: 0, message: null, response });
    const end = scene.emulator.override({ path: /^\/payments\/status\// }, { body });
    const payment = scene.pay(order, { started_at: Math.floor(clock.now() / SECOND_MS) });
    await pass(scene, ...Array<number>(9).fill(10 * SECOND_MS));
    assert.equal((await scene.stored(order)).order.status, "pending");
    end();
    await expectFound(scene, { order, payment });
  });

  test("R51-c1 because the PG's deposit notice is off: the deposit is found, days after the account", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order, {
      ...ACCOUNT,
      vbank_date: Math.floor((clock.now() + 5 * DAY_MS) / SECOND_MS),
    });
    await scene.expectAnswer("vbankIssued", { payment, order });
    await pass(scene, 2 * DAY_MS + HOUR_MS / 2);
    scene.emulator.deposit(payment.imp_uid);
    await expectFound(scene, { order, payment });
  });

  test("R51-c2 nor that of the account: account and deposit are both found", async () => {
    const { scene, order } = await begin();
    await pass(scene, 3 * MINUTE_MS);
    const payment = scene.pay(order, {
      ...ACCOUNT,
      vbank_date: Math.floor((clock.now() + DAY_MS) / SECOND_MS),
    });
    await pass(scene, ...Array<number>(12).fill(5 * SECOND_MS));
    assert.equal((await scene.stored(order)).order.status, "awaiting_deposit");
    scene.emulator.deposit(payment.imp_uid);
    await expectFound(scene, { order, payment });
  });

  test("R51-d of a cancel by API, an hour after the payment: found within a minute", async () => {
    const { scene, order } = await begin();
    const payment = await scene.expectHonestPaymentPays(order);
    await pass(scene, HOUR_MS);
    scene.emulator.silentCancel(payment.imp_uid);
    await expectFound(scene, { order, payment, status: "refunded" });
  });
});

describe("a browser that comes back late, or never", () => {
  test("R58-a never: the webhook alone pays the order", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    await scene.webhook(payment);
    await expectFound(scene, { order, payment });
  });

  test("R58-c1 after three days, of a payment that was found meanwhile: success, and nothing is written", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    await pass(scene, MINUTE_MS, 3 * DAY_MS);
    const before = await scene.stored(order);
    await scene.expectAnswer("success", { payment, order });
    assert.equal((await scene.stored(order)).order.version, before.order.version);
    await expectFound(scene, { order, payment });
  });

  test("R58-c2 after three days without a gateway, and past pay_by: the payment was in time, and pays", async () => {
    const pay_by = new Date(clock.now() + HOUR_MS).toISOString();
    const { scene, order } = await begin({ pay_by });
    scene.emulator.override({ path: /^\// }, DOWN);
    const payment = scene.pay(order);
    await pass(scene, HOUR_MS, DAY_MS, DAY_MS, DAY_MS);
    assert.equal((await scene.stored(order)).order.status, "pending", "nothing closes unheard");
    scene.emulator.overrides.clear();
    await pass(scene, 6 * SECOND_MS);
    await scene.expectAnswer("success", { payment, order });
    await expectFound(scene, { order, payment });
  });

  test("R58-c3 after three days by the phone's redirect: it goes on to the shop's page with the truth", async () => {
    const { scene, order } = await begin();
    const payment = scene.pay(order);
    await pass(scene, MINUTE_MS, 3 * DAY_MS);
    const query = `imp_uid=${payment.imp_uid}&merchant_uid=${order}&imp_success=false&error_msg=x`;
    const answer = await scene.dojang.request("GET", `/payments/redirect?${query}`);
    assert.equal(answer.status, 303);
    assert.match(String(answer.headers.get("location")), /status=success/);
    await expectFound(scene, { order, payment });
  });

  test("X7 lost, repeated, at once and with wrong ids: one payment, one answer", async () => {
    const { scene, order } = await begin();
    const other = await scene.order();
    const payment = scene.pay(order);
    const wrong = () => [
      scene.complete(payment, other),
      scene.complete("imp_000000000001", order),
      scene.complete(payment, "dj_no_such_order"),
    ];
    const right = () => Array.from({ length: 10 }, () => scene.complete(payment, order));
    const [answers, refused] = await Promise.all([Promise.all(right()), Promise.all(wrong())]);
    assert.deepEqual(new Set(answers.map(({ body }) => body.status)), new Set(["success"]));
    const [swapped, unknownPayment, unknownOrder] = refused.map(({ status }) => status);
    assert.deepEqual([swapped, unknownOrder], [404, 404]);
    assert.ok(unknownPayment === 202 || unknownPayment === 409, "pending, or closed once the order is paid");
    await expectFound(scene, { order, payment });
    assert.equal((await scene.stored(other)).order.status, "pending");
    await scene.expectAnswer("success", { payment, order });
  });
});

/** Moves of one payment at the gateway that nobody tells of, in the order in which they can happen. */
const MOVES = ["approve", "part", "rest"] as const;

describe("X19 a gateway whose payments move at any time", () => {
  for (const stop of MOVES) {
    test(`X19 ${stop}: the order follows, whenever it is looked at`, async () => {
      const { scene, order } = await begin();
      const payment = scene.pay(order, { status: "failed" });
      await scene.expectAnswer("failed", { payment, order });
      const statuses = ["pending"];
      for (const move of MOVES.slice(0, MOVES.indexOf(stop) + 1)) {
        if (move === "approve") scene.emulator.lateApprove(payment.imp_uid);
        else scene.emulator.silentCancel(payment.imp_uid, move === "part" ? PRICE / 5 : undefined);
        await pass(scene, ...Array<number>(12).fill(5 * SECOND_MS));
        statuses.push((await scene.stored(order)).order.status);
      }
      const whole = ["pending", "paid", "partially_refunded", "refunded"];
      assert.deepEqual(statuses, whole.slice(0, statuses.length));
      const { events } = await scene.stored(order);
      assert.equal(events.filter((type) => type === "order.paid").length, 1);
      await scene.expectBystandersUnchanged();
    });
  }
});
