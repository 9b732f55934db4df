import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { type Answer, startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";
import { assertProblem } from "./answers.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator });
  // The one login is over before requests are counted.
  await dojang.dojang.deps.gateway.fetchPayment("imp_warm_up");
});
beforeEach(() => emulator.requests.clear());
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const form = (fields: Record<string, string>, headers: Record<string, string> = FORM) =>
  dojang.request("POST", "/webhooks/iamport", { rawBody: new URLSearchParams(fields).toString(), headers });
const raw = (rawBody: string | Uint8Array, type = "application/json") =>
  dojang.request("POST", "/webhooks/iamport", { rawBody, headers: { "content-type": type } });
const store = () => dojang.dojang.deps.store;
const hintCount = async () => (await store().readHints(1000)).length;

async function pay() {
  const { body } = await dojang.order();
  const merchant_uid: string = body.merchant_uid;
  const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
  return { imp_uid, merchant_uid, status: "paid" };
}

const untilPaid = (merchantUid: string) =>
  until("the order is paid", async () => {
    const view = await store().readOrder(merchantUid);
    return view?.order.status === "paid" ? view : undefined;
  });

/** Ends when no task is due or under way but looks of the future. */
const untilIdle = () =>
  until("the tasks are done", async () => {
    const tasks = await store().readTasks({ limit: 1000 });
    return tasks.every(({ kind, state }) => kind === "look" || state === "done" || state === "dead");
  });
const fetchesOf = (impUid: string) =>
  emulator.requests.lines().filter((line) => line.startsWith(`GET /payments/${impUid}`)).length;

function assertTaken(answer: Answer): void {
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body, { status: "ok" });
}

describe("POST /webhooks/iamport", () => {
  test("takes JSON and the order becomes paid", async () => {
    const hint = await pay();
    assertTaken(await dojang.webhook(hint));
    const { order } = await untilPaid(hint.merchant_uid);
    assert.equal(order.paidBy, hint.imp_uid);
  });

  test("takes a form and the order becomes paid", async () => {
    const hint = await pay();
    assertTaken(await form(hint));
    await untilPaid(hint.merchant_uid);
  });

  test("takes a form with a charset, and i'mport's longer bodies", async () => {
    const hint = { ...(await pay()), cancellation_id: "06ABC", extra: "1" };
    assertTaken(await form(hint, { "content-type": `${FORM["content-type"]}; charset=utf-8` }));
    assertTaken(await dojang.webhook({ ...hint, nested: { a: [1] } }));
    await untilPaid(hint.merchant_uid);
  });

  test("takes a hint without merchant_uid, and one with another order's", async () => {
    const hint = await pay();
    assertTaken(await dojang.webhook({ imp_uid: hint.imp_uid }));
    await untilPaid(hint.merchant_uid);
    const [one, other] = [await pay(), await pay()];
    assertTaken(await dojang.webhook({ ...one, merchant_uid: other.merchant_uid }));
    await untilPaid(one.merchant_uid);
    assert.equal((await dojang.read(other.merchant_uid)).body.status, "pending");
  });

  test("believes no status: the gateway's word counts", async () => {
    const { body } = await dojang.order();
    const merchant_uid = body.merchant_uid;
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true, status: "failed" });
    assertTaken(await dojang.webhook({ imp_uid, merchant_uid, status: "paid", amount: 50_000 }));
    await untilIdle();
    assert.equal((await dojang.read(merchant_uid)).body.status, "pending");
  });

  test("has stored the hint, byte for byte, when it answers", async () => {
    const hint = await pay();
    const body = ` ${JSON.stringify(hint)}\n`;
    assertTaken(await raw(body));
    const [stored] = await store().readHints(1);
    assert.equal(Buffer.from(stored?.body ?? []).toString(), body);
    assert.equal(stored?.paymentId, hint.imp_uid);
    assert.equal(stored?.orderId, hint.merchant_uid);
    assert.equal(stored?.contentType, "application/json");
    assert.equal(stored?.sourceAddress, "127.0.0.1");
    const tasks = await store().readTasks({ limit: 1000 });
    assert.ok(tasks.some(({ key }) => key === `verify:${hint.imp_uid}`));
  });

  test("applies once, however often it is told", async () => {
    const hint = await pay();
    await Promise.all(Array.from({ length: 10 }, () => dojang.webhook(hint)));
    await untilPaid(hint.merchant_uid);
    for (let i = 0; i < 3; i += 1) await dojang.webhook(hint);
    await untilIdle();
    const timeline = await store().readTimeline(hint.merchant_uid);
    assert.deepEqual(
      timeline.map(({ type }) => type),
      ["order.registered", "order.paid"],
    );
  });

  test("costs no gateway call for an order that is not here", async () => {
    for (const merchant_uid of ["order_of_another_system", "dj_forged_id_0123456789012345678901234x"]) {
      assertTaken(await dojang.webhook({ imp_uid: "imp_448000000001", merchant_uid, status: "paid" }));
    }
    await untilIdle();
    assert.deepEqual(emulator.requests.lines(), []);
  });

  test("answers a flood of 500 hints for one payment with few gateway calls", async () => {
    const hint = await pay();
    const answers = await Promise.all(Array.from({ length: 500 }, () => dojang.webhook(hint)));
    for (const answer of answers) assertTaken(answer);
    await untilPaid(hint.merchant_uid);
    await untilIdle();
    assert.ok(fetchesOf(hint.imp_uid) <= 50, `${fetchesOf(hint.imp_uid)} calls`);
  });

  test("is not answered by a fetch that had left before it came", async () => {
    const { body } = await dojang.order();
    const merchant_uid = body.merchant_uid;
    const window = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true, status: "ready" });
    const hint = { imp_uid: window.imp_uid, merchant_uid };
    const gate = Promise.withResolvers<void>();
    emulator.override(
      { path: new RegExp(`^/payments/${hint.imp_uid}`), times: 1 },
      { holdUntil: gate.promise, snapshot: "arrival" },
    );
    await dojang.webhook(hint);
    await until("the first fetch is at the gateway", () => fetchesOf(hint.imp_uid) === 1);
    emulator.edit(hint.imp_uid, { status: "paid", paid_at: Math.floor(Date.now() / 1000) });
    assertTaken(await dojang.webhook(hint));
    gate.resolve();
    await untilPaid(merchant_uid);
    assert.equal(fetchesOf(hint.imp_uid), 2);
  });
});

const REFUSED: Readonly<Record<string, () => Promise<Answer>>> = {
  "no imp_uid": () => dojang.webhook({ merchant_uid: "dj_order_00001", status: "paid" }),
  "an imp_uid that is a list": () => dojang.webhook({ imp_uid: ["imp_1"] }),
  "an imp_uid with a path": () => dojang.webhook({ imp_uid: "imp_1/../../users/getToken" }),
  "an imp_uid with a query": () => dojang.webhook({ imp_uid: "imp_1?x=1" }),
  "an imp_uid that is too long": () => dojang.webhook({ imp_uid: `imp_${"1".repeat(28)}` }),
  "a form without imp_uid": () => form({ merchant_uid: "dj_order_00001" }),
  "an empty form": () => form({}),
  "a form whose first field is ?imp_uid": () => raw("?imp_uid=imp_123456789012", FORM["content-type"]),
};
const MALFORMED: Readonly<Record<string, () => Promise<Answer>>> = {
  "an empty body": () => raw(""),
  "no JSON": () => raw("imp_uid=imp_1"),
  "a list": () => raw('["imp_1"]'),
  "an imp_uid that stands twice": () => raw('{"imp_uid":"imp_1","imp_uid":"imp_2"}'),
  "an imp_uid that stands twice in a form": () => raw("imp_uid=imp_1&imp_uid=imp_2", FORM["content-type"]),
  "bytes that are not UTF-8": () => raw(Uint8Array.of(0xff, 0xfe)),
  "a form that is not UTF-8": () => raw(Uint8Array.of(0x69, 0xff), FORM["content-type"]),
};

describe("POST /webhooks/iamport, refused", () => {
  for (const [what, ask] of Object.entries(REFUSED)) {
    test(`answers 400 invalid_request to ${what}, and stores nothing`, async () => {
      const before = await hintCount();
      assertProblem(await ask(), "invalid_request");
      assert.equal(await hintCount(), before);
    });
  }
  for (const [what, ask] of Object.entries(MALFORMED)) {
    test(`answers 400 malformed_request to ${what}, and stores nothing`, async () => {
      const before = await hintCount();
      assertProblem(await ask(), "malformed_request");
      assert.equal(await hintCount(), before);
    });
  }

  test("answers 400 to another media type and to more than 8 KB", async () => {
    assertProblem(await raw("{}", "text/plain"), "unsupported_media_type");
    assertProblem(await raw("{}", "application/json; charset=euc-kr"), "unsupported_media_type");
    assertProblem(await raw(`{"imp_uid":"imp_1"}${" ".repeat(8 * 1024)}`), "payload_too_large");
  });
});
