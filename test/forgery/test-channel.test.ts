// R16: a test card is no money. Goal: a payment through a test channel never pays on a live server, and a live one never
// pays in the sandbox. Method: test payments that the gateway hides, shows, lists, and describes oddly.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { DEFAULT_SWITCHES } from "../../src/emulator/switches.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld } from "../support/forgery.ts";
import { assertUnchanged, brokenClauses } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";

// Time stands still: no retry and no scheduled look adds a line.
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
const live = await openWorld({ clock, mode: "live" });
after(() => Promise.all([world.close(), live.close()]));

/** A scene whose gateway answers a test payment like any other: what it did before 2026-01-26. */
async function openShowingScene() {
  live.emulator.model.switches.hiddenSandbox = "shown";
  const scene = await live.scene();
  const hide = () => {
    live.emulator.model.switches.hiddenSandbox = DEFAULT_SWITCHES.hiddenSandbox;
  };
  return { ...scene, [Symbol.dispose]: hide };
}

describe("POST /payments/complete of a test payment on a live server", () => {
  for (const { id, how } of [
    { id: "R16-a", how: "404" },
    { id: "R16-b", how: "200_code_minus_1" },
  ] as const) {
    test(`${id} one that the gateway hides by ${how} does not pay`, async () => {
      live.emulator.model.switches.hiddenSandbox = how;
      const scene = await live.scene();
      const order = await scene.order();
      const before = await scene.stored(order);
      const payment = scene.pay(order, { sandbox: true });
      await scene.expectAnswer("pending", { payment, order });
      const { order: row, events } = await scene.stored(order);
      assert.deepEqual([row, events], [before.order, before.events]);
      live.emulator.model.switches.hiddenSandbox = DEFAULT_SWITCHES.hiddenSandbox;
      const honest = await scene.expectHonestPaymentPays(order);
      // Without include_sandbox: a live server never asks for test payments.
      const look = `GET /payments/${payment.imp_uid}`;
      await scene.expectNothingElse([look, scene.lookLine(honest)]);
    });
  }

  test("R16-c one that the gateway shows does not pay", async () => {
    using scene = await openShowingScene();
    const order = await scene.order();
    const payment = scene.pay(order, { sandbox: true });
    await scene.expectAnswer("forgery", { payment, order });
    const stored = await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["test_payment"],
      events: ["order.registered", "payment.rejected", "discrepancy.opened"],
    });
    assert.deepEqual(brokenClauses(stored, payment), ["sandbox", "channel"]);
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });

  test("R16-d one through a live channel's name does not pay by that", async () => {
    using scene = await openShowingScene();
    const order = await scene.order();
    const payment = scene.pay(order, { sandbox: true, pg_id: "MOIlive0001", channel: "live" });
    await scene.expectAnswer("forgery", { payment, order });
    const stored = await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["test_payment"],
    });
    assert.deepEqual(brokenClauses(stored, payment), ["sandbox"]);
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R16-e thirty of them open one discrepancy and leave twenty rows, and the order stays payable", async () => {
    using scene = await openShowingScene();
    const order = await scene.order();
    const tests = Array.from({ length: 30 }, () => scene.pay(order, { sandbox: true }));
    for (const payment of tests) await scene.expectAnswer("forgery", { payment, order });
    const { order: row } = await scene.stored(order);
    assert.equal(row.payments.length, 20);
    assert.deepEqual(
      row.discrepancies.map(({ kind }: { kind: string }) => kind),
      ["test_payment"],
    );
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([...tests, honest].map((payment) => scene.lookLine(payment)));
  });

  test("R16-f a virtual account of a test channel is not handed to the buyer", async () => {
    using scene = await openShowingScene();
    const order = await scene.order({ customer: { tel: "010-1234-5678" } });
    const payment = scene.pay(order, { sandbox: true, pay_method: "vbank", status: "ready" });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.quiet();
    const { order: row, tasks } = await scene.stored(order);
    assert.deepEqual([row.status, row.virtual_account], ["pending", null]);
    assert.equal(
      tasks.some((key) => key.startsWith("sms:")),
      false,
    );
    const lines = new Set(scene.seenLines());
    assert.deepEqual(lines, new Set([scene.lookLine(payment), `DELETE /vbanks/${payment.imp_uid}`]));
    await scene.expectBystandersUnchanged();
  });

  test("R16-g its webhook pays nothing, hidden or shown", async () => {
    using scene = await openShowingScene();
    const order = await scene.order();
    const payment = scene.pay(order, { sandbox: true });
    await scene.webhook(payment, { sandbox: false });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["test_payment"],
    });
    live.emulator.model.switches.hiddenSandbox = "404";
    const hidden = await scene.order();
    const other = scene.pay(hidden, { sandbox: true });
    await scene.webhook(other);
    await scene.expectStored(hidden, { status: "pending" });
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(other)]);
  });

  test("R16-h one that the list of attempts shows is asked for by id, and hidden there", async () => {
    const scene = await live.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { sandbox: true });
    const before = await scene.stored(order);
    const { store, clock } = scene.dojang.dojang.deps;
    const dueAt = clock.now();
    await store.addTasks([{ kind: "look", key: `look:${order}`, repeat: "again", dueAt, orderId: order }]);
    await scene.quiet();
    assertUnchanged(before, await scene.stored(order));
    const list = `GET /payments/findAll/${order}?page=1&limit=1000&sorting=-started`;
    await scene.expectNothingElse([list, scene.lookLine(payment)]);
  });
});

// Only the JSON word false is live.
const ODD_FLAGS = [
  { id: "R16-i", raw: "null", word: "forgery" },
  { id: "R16-j", raw: '"false"', word: "pending" },
  { id: "R16-k", raw: "0", word: "pending" },
  { id: "R16-l", raw: '""', word: "pending" },
  { id: "R16-m", raw: "[]", word: "pending" },
  { id: "R16-n", raw: "{}", word: "pending" },
] as const;

describe("POST /payments/complete with a sandbox flag that is none", () => {
  for (const { id, raw, word } of ODD_FLAGS) {
    test(`${id} sandbox ${raw} is not live`, async () => {
      const scene = await live.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { raw: { sandbox: raw } });
      await scene.expectAnswer(word, { payment, order });
      const isRefused = word === "forgery";
      await scene.expectStored(order, {
        status: "pending",
        payments: isRefused ? { [payment.imp_uid]: "rejected" } : {},
        discrepancies: isRefused ? ["test_payment"] : [],
      });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }
});

const INJECTED = [
  "?include_sandbox=true",
  "%3Finclude_sandbox=true",
  "%3finclude_sandbox%3dtrue",
  "&include_sandbox=true",
  "/?include_sandbox=true",
  "#?include_sandbox=true",
  ";include_sandbox=true",
  "\n?include_sandbox=true",
];

describe("POST /payments/complete with a query inside the id", () => {
  for (const [index, suffix] of INJECTED.entries()) {
    test(`R16-o${index + 1} imp_uid ending in ${JSON.stringify(suffix)} shows no hidden test payment`, async () => {
      const scene = await live.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { sandbox: true });
      const before = await scene.stored(order);
      const imp_uid = payment.imp_uid + suffix;
      assertOneAnswer(await scene.dojang.complete({ imp_uid, merchant_uid: order }), {
        word: "invalidRequest",
      });
      const hint = await scene.dojang.webhook({ imp_uid, merchant_uid: order, status: "paid" });
      assert.equal(hint.status, 400);
      const query = new URLSearchParams({ imp_uid, merchant_uid: order });
      const back = await scene.dojang.request("GET", `/payments/redirect?${query}`);
      assert.equal(back.status, 404);
      assertUnchanged(before, await scene.stored(order));
      await scene.expectNothingElse([]);
    });
  }

  test("R16-p a query of the caller's own is not passed on", async () => {
    const scene = await live.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { sandbox: true });
    const body = { imp_uid: payment.imp_uid, merchant_uid: order };
    const answer = await scene.dojang.request("POST", "/payments/complete?include_sandbox=true", { body });
    assertOneAnswer(answer, { word: "pending", merchantUid: order });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});

describe("POST /payments/complete of a live payment in the sandbox", () => {
  test("R16-q real money does not pay a sandbox order, and is shown to an operator", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { sandbox: false });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["test_payment"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });
});
