// X1, X2, X4, X14 and X20 of the fault model, each on every call that can meet it. Goal: whatever the gateway or the way to it
// does, an order is pending until a whole answer is there, never failed and never paid by a broken one; then it is paid by
// itself. Method: one fault at a time on one call, time that passes, the fault ends, time passes again.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { startEmulator } from "../../src/emulator/emulator.ts";
import type { AnswerOverride, OverrideMatch } from "../../src/emulator/overrides.ts";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang } from "../support/dojang.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { MINUTE_MS, pass, SECOND_MS } from "../support/forgery-time.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";
import { until } from "../support/until.ts";

const clock = new ManualClock();
const world = await openWorld({ clock, sweeps: true, env: { DOJANG_PAY_WITHIN: "2000h" } });
after(() => world.close());

/** The calls of a running server, as the emulator sees them. */
const CALLS: Readonly<Record<string, OverrideMatch>> = {
  login: { method: "POST", path: "/users/getToken" },
  payment: { method: "GET", path: /^\/payments\/imp/ },
  "both kinds of list": { method: "GET", path: /^\/payments\/(?:findAll|status)\// },
  "every call": { path: /^\/(?:payments|users|vbanks)\// },
};

const STATUSES: readonly AnswerOverride[] = [400, 401, 403, 404, 408, 429, 500, 502, 503, 504].map(
  (status) => ({
    status,
    body: '{"code":-1,"message":"x","response":null}',
  }),
);

const LIE = JSON.stringify({
  code: 0,
  message: null,
  response: { status: "paid", amount: PRICE, currency: "KRW" },
});
const BROKEN: readonly AnswerOverride[] = [
  { reset: true },
  { cutAt: 0 },
  { cutAt: 20 },
  { gzipBombBytes: 8 * 1024 * 1024 },
  { body: "" },
  { body: "null" },
  { body: "[]" },
  { body: "<h1>OK</h1>", headers: { "content-type": "text/html" } },
  { body: '{"code":0,"message":null,"response":null}' },
  { body: LIE },
  { body: LIE.repeat(2) },
  { body: gzipSync(LIE), headers: { "content-type": "application/json" } },
  { body: `{"code":0,"message":null,"response":"${"x".repeat(5 * 1024 * 1024)}"}` },
];

/** What failed for minutes is asked for again after this at the latest. */
const BACKOFF_MS_MAX = 5 * MINUTE_MS;

interface Paid {
  readonly scene: Scene;
  readonly order: string;
  readonly payment: PaymentRecord;
}

async function begin(): Promise<Paid> {
  const scene = await world.scene();
  scene.emulator.tokens.reset();
  scene.emulator.webhooks.auto = false;
  const order = await scene.order();
  return { scene, order, payment: scene.pay(order) };
}

async function expectPaidByItself({ scene, order, payment }: Paid): Promise<void> {
  scene.emulator.overrides.clear();
  for (let waitedMs = 0; (await scene.stored(order)).order.status !== "paid"; waitedMs += 10 * SECOND_MS) {
    assert.ok(waitedMs <= BACKOFF_MS_MAX, "not paid by itself");
    await pass(scene, 10 * SECOND_MS);
  }
  await scene.expectStored(order, {
    status: "paid",
    paidBy: payment.imp_uid,
    payments: { [payment.imp_uid]: "applied" },
    events: ["order.registered", "order.paid"],
  });
  scene.seenLines();
  await scene.expectBystandersUnchanged();
}

/** Longer than the pause after failures, and than that between two sweeps: each fault is met. */
const MET_MS = 16 * SECOND_MS;

/** Buyer, webhook, looks and sweeps meet the fault. Nothing is learned by it, and nothing is written. */
async function meet(
  { scene, order, payment }: Paid,
  [match, answer]: [OverrideMatch, AnswerOverride],
): Promise<void> {
  const isOfLists = match.path === CALLS["both kinds of list"]?.path;
  const end = scene.emulator.override(match, answer);
  if (match.path === CALLS["login"]?.path) scene.emulator.tokens.revokeAll();
  const lines = scene.emulator.requests.lines().length;
  if (!isOfLists) await scene.expectAnswer("pending", { payment, order });
  await pass(scene, MET_MS);
  assert.ok(scene.emulator.requests.lines().length > lines, "it was met");
  const { order: row } = await scene.stored(order);
  assert.deepEqual([row.status, row.payments, row.discrepancies], ["pending", [], []]);
  end();
}

for (const [id, answers] of [
  ["X1", STATUSES],
  ["X4", BROKEN],
] as const) {
  describe(`${id} an answer that is ${id === "X1" ? "an error" : "broken"}`, () => {
    for (const [call, match] of Object.entries(CALLS)) {
      test(`${id} ${answers.length} of them to ${call}: the order is pending, and paid by itself afterwards`, async () => {
        const paid = await begin();
        for (const answer of answers) await meet(paid, [match, answer]);
        await expectPaidByItself(paid);
      });
    }
  });
}

test("X1 a gateway that is down when the server starts for the first time: what was paid is found a minute after its end", async () => {
  const time = new ManualClock();
  await using emulator = await startEmulator({ now: () => time.now() });
  emulator.webhooks.auto = false;
  const end = emulator.override({ path: /^\// }, { status: 503, body: "" });
  await using dojang = await startTestDojang({ emulator, clock: time, sweeps: true });
  const { merchant_uid } = (await dojang.order()).body;
  emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
  const go = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 10) {
      time.advance(10 * SECOND_MS);
      await until("no task is due", async () => {
        time.advance(0);
        const tasks = await dojang.dojang.deps.store.readTasks({ limit: 100 });
        return tasks.every(({ state, dueAt }) => state !== "leased" && dueAt > time.now());
      });
    }
  };
  await go(600);
  end();
  await go(60);
  assert.equal((await dojang.read(merchant_uid)).body.status, "paid");
});

describe("X2 a gateway that nobody can reach", () => {
  const PLACES: Readonly<Record<string, (url: string) => string>> = {
    "a refused connection": () => "http://127.0.0.1:9",
    "a TLS handshake with what speaks none": (url) => url.replace("http:", "https:"),
  };
  for (const [what, place] of Object.entries(PLACES)) {
    test(`X2 ${what} is pending, for page and webhook, and asks nobody else`, async () => {
      await using emulator = await startEmulator();
      emulator.webhooks.auto = false;
      await using lost = await startTestDojang({ emulator, env: { IMP_API_URL: place(emulator.url) } });
      const { merchant_uid } = (await lost.order()).body;
      const { imp_uid } = emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
      assertOneAnswer(await lost.complete({ imp_uid, merchant_uid }), {
        word: "pending",
        merchantUid: merchant_uid,
      });
      assert.equal((await lost.webhook({ imp_uid, merchant_uid })).status, 200);
      assert.equal((await lost.read(merchant_uid)).body.status, "pending");
      assert.deepEqual(emulator.requests.lines(), []);
      assert.deepEqual(lost.fatal, []);
    });
  }
});

describe("X14 an event loop that stands still", () => {
  for (const stallMs of [50, 500]) {
    test(`X14 ${stallMs} ms while twenty buyers complete: each is paid once, none failed`, async () => {
      const { scene, order, payment } = await begin();
      const completes = Array.from({ length: 20 }, () => scene.complete(payment, order));
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs));
      const words = new Set((await Promise.all(completes)).map(({ body }) => body.status));
      assert.ok(
        [...words].every((word) => word === "success" || word === "pending"),
        [...words].join(" "),
      );
      await expectPaidByItself({ scene, order, payment });
    });
  }
});

const NO_PAYMENT = {
  status: 404,
  body: '{"code":-1,"message":"존재하지 않는 결제정보입니다.","response":null}',
};

describe("X20 a gateway that does not tell the truth yet", () => {
  for (const [what, answer, word] of [
    ["a just-paid payment that is not there", NO_PAYMENT, "pending"],
    [
      "a stale replica that still shows the window",
      { payment: { raw: { status: '"ready"', paid_at: "0" } } },
      "pending",
    ],
    [
      "a stale replica that still shows a failure",
      { payment: { raw: { status: '"failed"', paid_at: "0" } } },
      "failed",
    ],
  ] as const) {
    test(`X20 ${what}: the order stays open, and the next look pays it`, async () => {
      const { scene, order, payment } = await begin();
      scene.emulator.override({ method: "GET", path: `/payments/${payment.imp_uid}`, times: 1 }, answer);
      await scene.expectAnswer(word, { payment, order });
      assert.equal((await scene.stored(order)).order.status, "pending");
      await expectPaidByItself({ scene, order, payment });
      await scene.expectAnswer("success", { payment, order });
    });
  }

  test("X20 a payment and lists that are not there for ten minutes are not unpaid", async () => {
    const { scene, order, payment } = await begin();
    const body = JSON.stringify({
      code: 0,
      message: null,
      response: { total: 0, previous: 0, next: 0, list: [] },
    });
    scene.emulator.override({ path: /^\/payments\/imp/ }, NO_PAYMENT);
    scene.emulator.override(CALLS["both kinds of list"] as OverrideMatch, { body });
    await scene.expectAnswer("pending", { payment, order });
    await pass(scene, ...Array<number>(10).fill(MINUTE_MS));
    const { order: row } = await scene.stored(order);
    assert.deepEqual([row.status, row.payments, row.discrepancies], ["pending", [], []]);
    scene.emulator.overrides.clear();
    await pass(scene, ...Array<number>(30).fill(MINUTE_MS));
    await expectPaidByItself({ scene, order, payment });
  });
});
