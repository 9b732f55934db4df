// R44: many at the same time. Goal: however many callers race, one payment pays one order once, losers hear the truth, and the
// gateway is asked no more often than the rule of shared fetches allows. Method: the first look is held until every caller
// has come, so that they all meet.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, describe, test } from "node:test";
import { lookAtOrder } from "../../src/usecases/look-at-order.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import type { Answer } from "../support/dojang.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";
import { countCallers, holdLook } from "../support/held-look.ts";
import { untilHintsDone } from "../support/until-hints-done.ts";

// Time stands still: nobody may be sent away, and no look of an order's own comes, while the test gathers the callers.
const clock = new ManualClock();
const world = await openWorld({ clock });
after(() => world.close());

const ACCOUNT = { pay_method: "vbank", status: "ready" } as const;

/** Starts one caller, holds the answer to its look until all others have come too, and returns what each was answered. */
async function meet(scene: Scene, at: { payment: string; callers: readonly (() => Promise<Answer>)[] }) {
  using count = countCallers(world.dojang);
  const path = `/payments/${at.payment}`;
  const held = holdLook(scene.emulator, { path, snapshot: "release" });
  const [first, ...others] = at.callers;
  assert.ok(first);
  const answers = [first()];
  await held.taken();
  answers.push(...others.map((call) => call()));
  await count.reach(at.callers.length);
  held.release();
  return Promise.all(answers);
}

function times<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value);
}

const CROWDS = [
  { id: "R44-a", count: 2 },
  { id: "R44-b", count: 20 },
  { id: "R44-c", count: 1000 },
];

describe("parallel completes of one payment", () => {
  for (const { id, count } of CROWDS) {
    test(`${id} ${count} at the same time apply it once, by two looks`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const callers = times(count, () => scene.complete(payment, order));
      const answers = await meet(scene, { payment: payment.imp_uid, callers });
      for (const answer of answers) assertOneAnswer(answer, { word: "success", merchantUid: order });
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
        events: ["order.registered", "order.paid"],
      });
      // All who came after the first look had left share the second.
      await scene.expectNothingElse(times(2, scene.lookLine(payment)));
    });
  }

  test("R44-d fifty in a single packet apply it once", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const body = JSON.stringify({ imp_uid: payment.imp_uid, merchant_uid: order });
    const request = `POST /payments/complete HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`;
    const last = `${request}connection: close\r\n\r\n${body}`;
    using count = countCallers(world.dojang);
    const held = holdLook(scene.emulator, { path: `/payments/${payment.imp_uid}`, snapshot: "release" });
    const socket = connect(Number(new URL(world.dojang.url).port), "127.0.0.1");
    let answered = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      answered += chunk;
    });
    socket.write(`${request}\r\n${body}`.repeat(49) + last);
    await count.reach(50);
    held.release();
    await once(socket, "close");
    assert.equal(answered.match(/HTTP\/1\.1 200 OK/g)?.length, 50);
    assert.equal(answered.match(/"status":"success"/g)?.length, 50);
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: ["order.registered", "order.paid"],
    });
    const looks = scene.seenLines();
    assert.ok(looks.length <= 2, "one look in flight, one that the others share");
    await scene.expectNothingElse(times(looks.length, scene.lookLine(payment)));
  });

  test("R44-e complete, redirect and complete with another order's id at the same time", async () => {
    const scene = await world.scene();
    const [order, other] = [await scene.order(), await scene.order()];
    const payment = scene.pay(order);
    const before = await scene.stored(other);
    const query = new URLSearchParams({ imp_uid: payment.imp_uid, merchant_uid: order });
    const callers = [
      ...times(10, () => scene.complete(payment, order)),
      ...times(10, () => scene.complete(payment, other)),
      ...times(10, () => scene.dojang.request("GET", `/payments/redirect?${query}`)),
    ];
    const answers = await meet(scene, { payment: payment.imp_uid, callers });
    for (const answer of answers.slice(0, 10))
      assertOneAnswer(answer, { word: "success", merchantUid: order });
    for (const answer of answers.slice(10, 20))
      assertOneAnswer(answer, { word: "notFound", merchantUid: other });
    for (const { status, headers } of answers.slice(20)) {
      assert.equal(status, 303);
      assert.equal(new URL(headers.get("location") ?? "").searchParams.get("status"), "success");
    }
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
    });
    assertUnchanged(before, await scene.stored(other));
    await scene.expectNothingElse(times(2, scene.lookLine(payment)));
  });

  test("R44-f twenty completes of one virtual account hold it once, and text it once", async () => {
    const scene = await world.scene();
    const order = await scene.order({ customer: { tel: "010-1234-5678" } });
    const payment = scene.pay(order, ACCOUNT);
    const callers = times(20, () => scene.complete(payment, order));
    const answers = await meet(scene, { payment: payment.imp_uid, callers });
    for (const answer of answers) assertOneAnswer(answer, { word: "vbankIssued", merchantUid: order });
    await scene.quiet();
    const { tasks } = await scene.expectStored(order, {
      status: "awaiting_deposit",
      payments: { [payment.imp_uid]: "held" },
      events: ["order.registered", "order.awaiting_deposit"],
    });
    assert.deepEqual(
      tasks.filter((key) => key.startsWith("sms:")),
      [`sms:account_issued:${payment.imp_uid}`],
    );
    await scene.expectNothingElse(times(2, scene.lookLine(payment)));
  });
});

describe("complete against webhook against look", () => {
  test("R44-g twenty of each at the same time apply the payment once", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const { webhooks } = scene.emulator;
    using count = countCallers(world.dojang);
    const held = holdLook(scene.emulator, { path: `/payments/${payment.imp_uid}`, snapshot: "release" });
    await webhooks.send(payment.imp_uid);
    await held.taken(); // the webhook's own look is on its way
    const completes = times(20, undefined).map(() => scene.complete(payment, order));
    const looks = times(20, undefined).map(() => lookAtOrder(world.dojang.dojang.deps, { orderId: order }));
    const hints = await webhooks.send(payment.imp_uid, { copies: 19, parallel: 19 });
    assert.deepEqual(
      hints.map(({ status }) => status),
      times(19, 200),
    );
    await count.reach(1 + 20 + 20);
    held.release();
    for (const answer of await Promise.all(completes))
      assertOneAnswer(answer, { word: "success", merchantUid: order });
    for (const look of await Promise.all(looks)) assert.equal(look.kind, "looked");
    clock.advance(1000); // the pause between two looks that webhooks ask for
    await untilHintsDone(world.dojang, payment.imp_uid);
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: ["order.registered", "order.paid"],
    });
    // The first webhook's look; one that everybody shares; one for the 19 webhooks that came while the first was looked at.
    const list = `GET /payments/findAll/${order}`;
    const seen = scene.seenLines();
    await scene.expectNothingElse([
      ...seen.filter((line) => line.startsWith(list)),
      ...times(3, scene.lookLine(payment)),
    ]);
    assert.equal(seen.filter((line) => line.startsWith(list)).length, 20, "a list is never shared");
  });

  test("R44-h a deposit told by webhook and by the browser at once pays once", async () => {
    const scene = await world.scene();
    const order = await scene.order({ customer: { tel: "010-1234-5678" } });
    const payment = scene.pay(order, ACCOUNT);
    await scene.expectAnswer("vbankIssued", { payment, order });
    await scene.quiet();
    scene.emulator.deposit(payment.imp_uid); // with its webhook
    const answers = await Promise.all(times(10, undefined).map(() => scene.complete(payment, order)));
    for (const answer of answers) assertOneAnswer(answer, { word: "success", merchantUid: order });
    await scene.emulator.webhooks.idle();
    await untilHintsDone(world.dojang, payment.imp_uid);
    const { tasks } = await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: ["order.registered", "order.awaiting_deposit", "order.paid"],
    });
    assert.equal(tasks.filter((key) => key.startsWith("sms:")).length, 1);
    assert.deepEqual(new Set(scene.seenLines()), new Set([scene.lookLine(payment)]));
  });
});
