// R47 and R52-c: a COMMIT that nobody confirmed, and a key that is used twice. Goal: where nobody can know, the caller hears "may have
// taken effect", never "failed" and never "done"; where it can be read, the caller hears the truth. The same request ends as one order,
// one payment, one event, whether the COMMIT took effect or not. Method: each engine's own COMMIT fails, lost or kept.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { verifyPayment } from "../../src/usecases/verify-payment.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import type { Engine, OpenEngine } from "../support/engine.ts";
import { ENGINES } from "../support/engines.ts";
import { PRICE } from "../support/forgery.ts";
import { assertOnlyAllowedLines } from "../support/forgery-wire.ts";
import { type Served, serveStore } from "../support/serve-store.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const ORDER = { merchant_uid: "shop-order-000001", name: "감귤", amount: PRICE };
const KEYED = { name: "감귤", amount: PRICE };

/** Registers the order and pays it; nobody has told of the payment yet. */
async function payOrder(server: Served) {
  const { body } = await server.ask("POST", "/v1/orders", ORDER);
  const { imp_uid } = emulator.pay({ merchant_uid: body.merchant_uid, amount: PRICE, sandbox: true });
  return { imp_uid, merchant_uid: body.merchant_uid };
}

/** One payer, one event of it, one task and one row of each: whatever came before. */
async function expectPaidOnce({ store }: OpenEngine, ids: { imp_uid: string; merchant_uid: string }) {
  const view = await store.readOrder(ids.merchant_uid);
  assert.equal(`${view?.order.status} ${view?.order.paidBy}`, `paid ${ids.imp_uid}`);
  assert.deepEqual(
    view?.payments.map(({ paymentId, verdict }) => [paymentId, verdict]),
    [[ids.imp_uid, "applied"]],
  );
  assert.deepEqual(
    (await store.readTimeline(ids.merchant_uid)).map(({ type }) => type),
    ["order.registered", "order.paid"],
  );
  const keys = (await store.readTasks({ limit: 100 })).map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  assertOnlyAllowedLines(emulator.requests.lines(), { isLive: false });
}

async function expectNotReady(server: Served): Promise<void> {
  const ready = await server.ask("GET", "/readyz");
  assert.deepEqual([ready.status, ready.body.checks.storage], [503, "failed"]);
}

for (const engine of ENGINES) {
  for (const [part, effect] of (["lost", "kept"] as const).entries()) {
    describe(`a COMMIT on ${engine.name} whose answer is missing and that was ${effect}`, () => {
      // Only who owns the data alone must end then: others read what became of it.
      const doubt = { engine, effect, part: part + 1 };
      if (engine.isExclusive) testDoubt(doubt);
      else testLostAnswer(doubt);
    });
  }

  describe(`an Idempotency-Key on ${engine.name}`, () => {
    const KEY = { "idempotency-key": "order-of-cart-78" };
    const OTHERS: readonly { readonly id: string; readonly what: string; readonly body: object }[] = [
      { id: "R47-d1", what: "a lower price", body: { ...KEYED, amount: 100 } },
      { id: "R47-d2", what: "another currency", body: { ...KEYED, currency: "USD" } },
      { id: "R47-d3", what: "another name", body: { ...KEYED, name: "사과" } },
      { id: "R47-d4", what: "a customer more", body: { ...KEYED, customer: { id: "c-1" } } },
      { id: "R47-d5", what: "other means allowed", body: { ...KEYED, allowed: { pay_methods: ["vbank"] } } },
    ];
    for (const { id, what, body } of OTHERS) {
      test(`${id} used again with ${what} is refused, and the order is as it was`, async () => {
        await using open = await engine.open();
        await using server = await serveStore(dojang, open.store);
        const first = await server.ask("POST", "/v1/orders", KEYED, KEY);
        assert.equal(first.status, 201);
        const other = await server.ask("POST", "/v1/orders", body, KEY);
        assert.deepEqual([other.status, other.body.code], [422, "idempotency_key_reused"]);
        const same = await server.ask("POST", "/v1/orders", KEYED, KEY);
        assert.deepEqual([same.status, same.headers.get("idempotent-replayed")], [200, "true"]);
        assert.deepEqual(same.body, first.body);
        const { orders } = await open.store.listOrders({ limit: 10 });
        assert.equal(orders.length, 1);
      });
    }

    test("R47-d6 used by fifty at once with two bodies makes one order of one of them", async () => {
      await using open = await engine.open();
      await using server = await serveStore(dojang, open.store);
      const bodies = Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? KEYED : { ...KEYED, amount: 100 }));
      const answers = await Promise.all(bodies.map((body) => server.ask("POST", "/v1/orders", body, KEY)));
      const codes = answers.map(({ status }) => status).toSorted();
      assert.deepEqual(codes, [...Array(24).fill(200), 201, ...Array(25).fill(422)]);
      const { orders } = await open.store.listOrders({ limit: 10 });
      assert.equal(orders.length, 1);
      const [first] = answers.filter(({ status }) => status === 201);
      assert.equal(orders[0]?.order.amount.amountMinor, first?.body.amount);
      assert.deepEqual((await open.store.readTimeline(first?.body.merchant_uid)).length, 1);
    });

    test("R47-d7 of an order that was paid meanwhile answers the paid order, and registers nothing", async () => {
      await using open = await engine.open();
      await using server = await serveStore(dojang, open.store);
      const { merchant_uid } = (await server.ask("POST", "/v1/orders", KEYED, KEY)).body;
      const { imp_uid } = emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
      await server.ask("POST", "/payments/complete", { imp_uid, merchant_uid });
      const again = await server.ask("POST", "/v1/orders", KEYED, KEY);
      assert.deepEqual([again.status, again.body.status, again.body.imp_uid], [200, "paid", imp_uid]);
      await expectPaidOnce(open, { imp_uid, merchant_uid });
    });
  });
}

interface Doubt {
  readonly engine: Engine;
  readonly effect: "lost" | "kept";
  readonly part: number;
}

function testDoubt({ engine, effect, part }: Doubt): void {
  test(`R47-a${part} of a payment: unavailable, not ready, and paid once after the restart`, async () => {
    await using open = await engine.open();
    await using server = await serveStore(dojang, open.store);
    const ids = await payOrder(server);
    open.faults.failNextCommit(effect);
    const answer = await server.ask("POST", "/payments/complete", ids);
    assert.deepEqual([answer.status, answer.body.status], [503, "unavailable"]);
    assert.equal(answer.headers.get("retry-after"), "1");
    await expectNotReady(server);
    await using again = await serveStore(dojang, await open.reopen());
    const isKept = (await open.store.readOrder(ids.merchant_uid))?.order.status === "paid";
    assert.equal(isKept, effect === "kept");
    const second = await again.ask("POST", "/payments/complete", ids);
    assert.deepEqual([second.status, second.body.status], [200, "success"]);
    await expectPaidOnce(open, ids);
  });

  test(`R47-b${part} of a registration under a key: read first, and the same order by the same key`, async () => {
    await using open = await engine.open();
    await using server = await serveStore(dojang, open.store);
    const key = { "idempotency-key": "order-of-cart-77" };
    open.faults.failNextCommit(effect);
    const answer = await server.ask("POST", "/v1/orders", KEYED, key);
    assert.deepEqual(
      [answer.status, answer.body.code, answer.body.retry],
      [503, "commit_outcome_unknown", "read_first"],
    );
    await expectNotReady(server);
    await using again = await serveStore(dojang, await open.reopen());
    const second = await again.ask("POST", "/v1/orders", KEYED, key);
    assert.equal(second.status, effect === "kept" ? 200 : 201);
    assert.equal(second.headers.get("idempotent-replayed"), effect === "kept" ? "true" : null);
    const { orders } = await open.store.listOrders({ limit: 10 });
    assert.deepEqual(
      orders.map(({ order }) => order.orderId),
      [second.body.merchant_uid],
    );
  });

  test(`R52-c${part} of a webhook: 503, and taken once it comes again`, async () => {
    await using open = await engine.open();
    await using server = await serveStore(dojang, open.store);
    const ids = await payOrder(server);
    open.faults.failNextCommit(effect);
    assert.equal((await server.ask("POST", "/webhooks/iamport", ids)).status, 503);
    await expectNotReady(server);
    await using again = await serveStore(dojang, await open.reopen());
    assert.equal((await open.store.readHints(10)).length, effect === "kept" ? 1 : 0);
    assert.equal((await again.ask("POST", "/webhooks/iamport", ids)).status, 200);
    const tasks = (await open.store.readTasks({ limit: 10 })).map(({ key }) => key);
    assert.ok(tasks.includes(`verify:${ids.imp_uid}`), "its look is owed");
    await verifyPayment(
      { ...dojang.dojang.deps, store: open.store },
      { paymentId: ids.imp_uid, foundBy: "look" },
    );
    await expectPaidOnce(open, ids);
  });

  test(`R47-c${part} of a hundred that shared it: not one is told that it is done, and none is lost`, async () => {
    await using open = await engine.open();
    await using server = await serveStore(dojang, open.store);
    const ids = await payOrder(server);
    open.faults.failNextCommit(effect);
    const ask = (at: Served) => () => at.ask("POST", "/payments/complete", ids);
    const answers = await Promise.all(Array.from({ length: 100 }, ask(server)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]));
    await using again = await serveStore(dojang, await open.reopen());
    const more = await Promise.all(Array.from({ length: 20 }, ask(again)));
    assert.deepEqual(new Set(more.map(({ body }) => body.status)), new Set(["success"]));
    await expectPaidOnce(open, ids);
  });
}

function testLostAnswer({ engine, effect, part }: Doubt): void {
  test(`R47-a${part} of a payment: success all the same, and paid once`, async () => {
    await using open = await engine.open();
    await using server = await serveStore(dojang, open.store);
    const ids = await payOrder(server);
    open.faults.failNextCommit(effect);
    const answers = [await server.ask("POST", "/payments/complete", ids)];
    answers.push(await server.ask("POST", "/payments/complete", ids));
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.status]),
      Array(2).fill([200, "success"]),
    );
    assert.equal((await server.ask("GET", "/readyz")).status, 200);
    await expectPaidOnce(open, ids);
  });

  test(`R47-b${part} of a registration under a key: one order, and the same one by the same key`, async () => {
    await using open = await engine.open();
    await using server = await serveStore(dojang, open.store);
    const key = { "idempotency-key": "order-of-cart-77" };
    open.faults.failNextCommit(effect);
    const first = await server.ask("POST", "/v1/orders", KEYED, key);
    const second = await server.ask("POST", "/v1/orders", KEYED, key);
    assert.deepEqual([first.status, second.status], [201, 200]);
    assert.deepEqual(second.body, first.body);
    const { orders } = await open.store.listOrders({ limit: 10 });
    assert.equal(orders.length, 1);
  });

  test(`R52-c${part} of a webhook: taken once`, async () => {
    await using open = await engine.open();
    await using server = await serveStore(dojang, open.store);
    const ids = await payOrder(server);
    open.faults.failNextCommit(effect);
    assert.equal((await server.ask("POST", "/webhooks/iamport", ids)).status, 200);
    assert.equal((await open.store.readHints(10)).length, 1);
    await verifyPayment(
      { ...dojang.dojang.deps, store: open.store },
      { paymentId: ids.imp_uid, foundBy: "look" },
    );
    await expectPaidOnce(open, ids);
  });

  test(`R47-c${part} of a hundred at once: all hear the same, and one applied it`, async () => {
    await using open = await engine.open();
    await using server = await serveStore(dojang, open.store);
    const ids = await payOrder(server);
    open.faults.failNextCommit(effect);
    const ask = () => server.ask("POST", "/payments/complete", ids);
    const answers = await Promise.all(Array.from({ length: 100 }, ask));
    assert.deepEqual(new Set(answers.map(({ body }) => body.status)), new Set(["success"]));
    await expectPaidOnce(open, ids);
  });
}
