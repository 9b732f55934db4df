// Goal: a pending answer is not the end: Dojang goes on asking, and the order becomes what its payment makes it although
// nobody asks again. Method: make the gateway fail in one way, complete once, let it recover, then only read.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { AnswerOverride } from "../../src/emulator/overrides.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator, env: { DOJANG_COMPLETE_BUDGET_MS: "300" } });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

async function pay() {
  const { body } = await dojang.order();
  const merchant_uid: string = body.merchant_uid;
  const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
  return { imp_uid, merchant_uid };
}

/** From the store, so that the wait itself asks the server nothing. */
const untilPaid = (merchantUid: string) =>
  until("the order is paid", async () => {
    const view = await dojang.dojang.deps.store.readOrder(merchantUid);
    return view?.order.status === "paid" ? view.order : undefined;
  });

function assertPending(answer: { status: number; headers: Headers; body: Record<string, unknown> }): void {
  assert.deepEqual([answer.status, answer.body["status"]], [202, "pending"]);
  assert.equal(answer.headers.get("retry-after"), "2");
}

const TROUBLE: Readonly<Record<string, AnswerOverride>> = {
  "an error of the gateway": { status: 503, body: "{}" },
  "a connection that is reset": { reset: true },
  "an answer that is cut off": { cutAt: 40 },
  "a page instead of an answer": { status: 200, headers: { "content-type": "text/html" }, body: "<html>" },
  "an answer that is no JSON": { body: '{"code":0,' },
  "an answer about another payment": { payment: { raw: { imp_uid: '"imp_999999999999"' } } },
  "a refusal by code": { body: '{"code":-1,"message":"점검","response":null}' },
  "a field that is missing": { payment: { omit: ["amount"] } },
};

describe("POST /payments/complete goes on by itself", { concurrency: true }, () => {
  for (const [what, answer] of Object.entries(TROUBLE)) {
    test(`after ${what}`, async () => {
      const ids = await pay();
      const end = emulator.override({ path: new RegExp(`^/payments/${ids.imp_uid}(\\?|$)`) }, answer);
      assertPending(await dojang.complete(ids));
      assert.equal((await dojang.read(ids.merchant_uid)).body.status, "pending");
      end();
      assert.equal((await untilPaid(ids.merchant_uid)).paidBy, ids.imp_uid);
    });
  }

  test("when the gateway answers after the budget", async () => {
    const ids = await pay();
    const gate = Promise.withResolvers<void>();
    emulator.override(
      { path: new RegExp(`^/payments/${ids.imp_uid}(\\?|$)`), times: 1 },
      { holdUntil: gate.promise },
    );
    assertPending(await dojang.complete(ids));
    assert.equal((await dojang.read(ids.merchant_uid)).body.status, "pending");
    gate.resolve();
    await untilPaid(ids.merchant_uid);
    assert.equal((await dojang.complete(ids)).body.status, "success");
  });

  test("when the gateway knows the payment only later", async () => {
    const { body } = await dojang.order();
    const { merchant_uid } = body;
    const imp_uid = "imp_447000000001";
    assertPending(await dojang.complete({ imp_uid, merchant_uid }));
    emulator.pay({ imp_uid, merchant_uid, amount: 50_000, sandbox: true });
    assert.equal((await untilPaid(merchant_uid)).paidBy, imp_uid);
  });

  test("when an opened window is paid without a word", async () => {
    const { body } = await dojang.order();
    const { merchant_uid } = body;
    const window = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true, status: "ready" });
    assertPending(await dojang.complete({ imp_uid: window.imp_uid, merchant_uid }));
    emulator.edit(window.imp_uid, { status: "paid", paid_at: Math.floor(Date.now() / 1000) });
    assert.equal((await untilPaid(merchant_uid)).paidBy, window.imp_uid);
  });
});

describe("POST /payments/complete", () => {
  test("moves the order's next look forward at most once per 5 s, however often it is asked", async () => {
    const { body } = await dojang.order();
    const ids = { imp_uid: "imp_447000000002", merchant_uid: body.merchant_uid };
    emulator.requests.clear();
    const look = async () => {
      const tasks = await dojang.dojang.deps.store.readTasks({ orderId: ids.merchant_uid, limit: 10 });
      return tasks.find(({ kind }) => kind === "look");
    };
    const startedAt = Date.now();
    const registered = await look();
    await dojang.complete(ids);
    const dueAt = (await look())?.dueAt ?? 0;
    assert.ok(dueAt < (registered?.dueAt ?? 0), "the look moved forward");
    assert.ok(dueAt >= startedAt + 5000, "and not to now");
    for (let i = 0; i < 20; i += 1) assertPending(await dojang.complete(ids));
    assert.equal((await look())?.dueAt, dueAt);
    const lists = emulator.requests.lines().filter((line) => line.includes(ids.merchant_uid));
    assert.deepEqual(lists, []);
  });

  test("keeps its answer for a paid order while the gateway is away", async () => {
    const ids = await pay();
    assert.equal((await dojang.complete(ids)).body.status, "success");
    const end = emulator.override({ path: /^\/payments\// }, { status: 500, body: "{}" });
    const answer = await dojang.complete(ids);
    end();
    assert.deepEqual([answer.status, answer.body.status], [200, "success"]);
  });
});
