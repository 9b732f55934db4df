// Goal: what the shop does after the payment: look again before shipping, read what happened, end what did not fit.
// Method: the real server over HTTP, the emulator as the gateway.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { untilHintsDone } from "../support/until-hints-done.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});
beforeEach(() => {
  emulator.overrides.clear();
  emulator.webhooks.auto = false;
});

const post = (path: string, body?: unknown) =>
  dojang.request("POST", path, body === undefined ? {} : { body });
const get = (path: string) => dojang.request("GET", path);

async function openOrder(fields: Record<string, unknown> = {}): Promise<string> {
  return (await dojang.order(fields)).body.merchant_uid;
}

async function paidOrder() {
  const order = await openOrder();
  const { imp_uid } = emulator.pay({ merchant_uid: order, amount: 50_000, sandbox: true });
  assert.equal((await dojang.complete({ imp_uid, merchant_uid: order })).status, 200);
  return { order, imp_uid };
}

/** An order with money that came a second after its deadline: the gateway's time of payment says so. */
async function lateOrder(fields: Record<string, unknown> = {}) {
  const order = await openOrder({ pay_by: new Date(Date.now() + 60_000).toISOString() });
  const paid_at = Math.floor(Date.now() / 1000) + 120;
  const { imp_uid } = emulator.pay({
    merchant_uid: order,
    amount: 50_000,
    sandbox: true,
    paid_at,
    ...fields,
  });
  const answer = await dojang.complete({ imp_uid, merchant_uid: order });
  const { body } = await dojang.read(order);
  return { order, imp_uid, answer, discrepancy: body.discrepancies[0] };
}

describe("POST /v1/orders/{merchant_uid}/verify", () => {
  test("finds a payment that nobody told of", async () => {
    const order = await openOrder();
    const { imp_uid } = emulator.pay({ merchant_uid: order, amount: 50_000, sandbox: true });
    const { status, body } = await post(`/v1/orders/${order}/verify`);
    assert.equal(status, 200);
    assert.equal(body.status, "paid");
    assert.equal(body.imp_uid, imp_uid);
    assert.deepEqual(body, (await dojang.read(order)).body);
  });

  test("shows a cancellation that nobody told of", async () => {
    const { order, imp_uid } = await paidOrder();
    emulator.silentCancel(imp_uid);
    assert.equal((await dojang.read(order)).body.status, "paid");
    assert.equal((await post(`/v1/orders/${order}/verify`)).body.status, "refunded");
  });

  test("fetches the payment that paid the order by its id", async () => {
    const { order, imp_uid } = await paidOrder();
    emulator.requests.clear();
    await post(`/v1/orders/${order}/verify`);
    const lines = emulator.requests.lines();
    assert.ok(
      lines.some((line) => line.startsWith(`GET /payments/${imp_uid}`)),
      lines.join("\n"),
    );
  });

  test("answers 503 and may be asked again when the gateway cannot be asked", async () => {
    const { order } = await paidOrder();
    emulator.override({ method: "GET", path: /payments/ }, { status: 500, body: "down" });
    const answer = await post(`/v1/orders/${order}/verify`);
    assert.equal(answer.status, 503);
    assert.equal(answer.body.code, "gateway_unavailable");
    assert.equal(answer.body.retry, "safe");
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.equal((await dojang.read(order)).body.status, "paid");
  });

  test("knows no other order, and costs no gateway call then", async () => {
    emulator.requests.clear();
    for (const id of ["order_unknown_1", "x", "..%2Fusers"]) {
      assert.equal((await post(`/v1/orders/${id}/verify`)).status, 404, id);
    }
    assert.deepEqual(emulator.requests.lines(), []);
    const { order } = await paidOrder();
    assert.equal((await dojang.request("POST", `/v1/orders/${order}/verify`, { isShop: false })).status, 401);
  });
});

describe("GET /v1/orders/{merchant_uid}/timeline", () => {
  test("tells what happened, oldest first", async () => {
    const { order, imp_uid } = await paidOrder();
    const { status, body } = await get(`/v1/orders/${order}/timeline`);
    assert.equal(status, 200);
    assert.deepEqual(
      body.data.map(({ type, imp_uid: of, sequence, data }: Record<string, unknown>) => ({
        type,
        of,
        sequence,
        data,
      })),
      [
        { type: "order.registered", of: null, sequence: 1, data: { amount: 50_000, currency: "KRW" } },
        {
          type: "order.paid",
          of: imp_uid,
          sequence: 2,
          data: { amount: 50_000, currency: "KRW", pay_method: "card", found_by: "browser" },
        },
      ],
    );
    for (const { id, at } of body.data) {
      assert.match(id, /^evt_/);
      assert.equal(new Date(at).toISOString(), at);
    }
    assert.equal((await get("/v1/orders/order_unknown_1/timeline")).status, 404);
  });
});

describe("GET /v1/discrepancies", () => {
  test("lists what did not fit, newest first, by status, kind and page", async () => {
    const one = await lateOrder();
    const two = await lateOrder();
    const first = await get("/v1/discrepancies?status=open&kind=paid_after_closing&limit=1");
    assert.deepEqual(
      first.body.data.map(({ id }: { id: string }) => id),
      [two.discrepancy.id],
    );
    const next = await get(
      `/v1/discrepancies?status=open&kind=paid_after_closing&limit=1&cursor=${first.body.next_cursor}`,
    );
    assert.deepEqual(
      next.body.data.map(({ id }: { id: string }) => id),
      [one.discrepancy.id],
    );
    assert.equal((await get("/v1/discrepancies?kind=orphan")).body.data.length, 0);
    const [shown] = first.body.data;
    assert.equal(shown.merchant_uid, two.order);
    assert.equal(shown.imp_uid, two.imp_uid);
    assert.equal(shown.evidence.amount, "50000");
    assert.equal("raw" in shown.evidence, false);
    assert.equal(shown.resolution, null);
  });

  for (const query of ["status=closed", "kind=odd", "limit=0", "limit=101", "page=2", "kind=", "cursor=x"]) {
    test(`refuses ${query}`, async () => {
      const answer = await get(`/v1/discrepancies?${query}`);
      assert.equal(answer.status, 400);
      assert.match(answer.body.code, /^invalid_/);
    });
  }

  test("answers what the document describes", async () => {
    await lateOrder();
    const { paths } = (await get("/openapi.json")).body;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const path of ["/v1/discrepancies", "/v1/orders/{merchant_uid}/timeline"]) {
      const schema = paths[path].get.responses[200].content["application/json"].schema;
      const { body } = await get(path.replace("{merchant_uid}", (await paidOrder()).order));
      assert.ok(ajv.validate(schema, body), `${path}: ${ajv.errorsText()}`);
    }
  });
});

describe("POST /v1/discrepancies/{id}/resolve", () => {
  const accept = { action: "accept", reason: "지각했지만 받겠습니다" };

  test("accepts money that only came too late: the order is paid by it, once", async () => {
    const { order, imp_uid, answer, discrepancy } = await lateOrder();
    assert.equal(answer.body.status, "closed");
    assert.equal((await dojang.read(order)).body.status, "pending");
    const resolved = await post(`/v1/discrepancies/${discrepancy.id}/resolve`, accept);
    assert.equal(resolved.status, 200, resolved.text);
    assert.deepEqual(resolved.body.resolution, { ...accept, actor: "default" });
    assert.ok(resolved.body.resolved_at);
    const { body } = await dojang.read(order);
    assert.equal(body.status, "paid");
    assert.equal(body.imp_uid, imp_uid);
    assert.equal(body.payments[0].verdict, "applied");
    assert.equal((await dojang.complete({ imp_uid, merchant_uid: order })).body.status, "success");
    const again = await post(`/v1/discrepancies/${discrepancy.id}/resolve`, accept);
    assert.equal(again.status, 409);
    assert.equal(again.body.code, "discrepancy_resolved");
    const types = (await get(`/v1/orders/${order}/timeline`)).body.data.map(
      ({ type }: { type: string }) => type,
    );
    assert.deepEqual(types, [
      "order.registered",
      "payment.rejected",
      "discrepancy.opened",
      "order.paid",
      "discrepancy.resolved",
    ]);
    const list = await get("/v1/discrepancies?status=resolved");
    assert.ok(list.body.data.some(({ id }: { id: string }) => id === discrepancy.id));
  });

  test("accepts once when ten ask at the same time", async () => {
    const { order, discrepancy } = await lateOrder();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(`/v1/discrepancies/${discrepancy.id}/resolve`, accept)),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(409)]);
    const { body } = await get(`/v1/orders/${order}/timeline`);
    assert.equal(body.data.filter(({ type }: { type: string }) => type === "order.paid").length, 1);
  });

  test("looks again first: money that was given back meanwhile is not accepted", async () => {
    const { order, imp_uid, discrepancy } = await lateOrder();
    emulator.silentCancel(imp_uid);
    const answer = await post(`/v1/discrepancies/${discrepancy.id}/resolve`, accept);
    assert.equal(answer.status, 409);
    assert.equal(answer.body.code, "discrepancy_not_acceptable");
    assert.equal((await dojang.read(order)).body.status, "pending");
  });

  test("accepts nothing while the gateway cannot be asked", async () => {
    const { discrepancy } = await lateOrder();
    emulator.override({ method: "GET", path: /payments/ }, { status: 500, body: "down" });
    const path = `/v1/discrepancies/${discrepancy.id}/resolve`;
    assert.equal((await post(path, accept)).body.code, "gateway_unavailable");
    assert.equal((await post(path, { ...accept, action: "dismiss" })).status, 200);
  });

  test("refuses what more than time is wrong with, an unknown id and a body without a reason", async () => {
    const { order, discrepancy } = await lateOrder({ amount: 49_999 });
    const path = `/v1/discrepancies/${discrepancy.id}/resolve`;
    assert.equal((await post(path, accept)).body.code, "discrepancy_not_acceptable");
    assert.equal((await post(path, { action: "accept" })).status, 400);
    assert.equal((await post(path, { ...accept, reason: " " })).status, 400);
    assert.equal((await post(path, { ...accept, action: "pay" })).status, 400);
    assert.equal((await post("/v1/discrepancies/dsc_0/resolve", accept)).status, 404);
    assert.equal((await dojang.read(order)).body.discrepancies[0].resolved_at, null);
  });
});

describe("an orphan", () => {
  test("is resolved by itself once its order is there and paid by it", async () => {
    const merchant_uid = dojang.dojang.deps.orderIds.mint();
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
    assert.equal((await dojang.webhook({ imp_uid, merchant_uid })).status, 200);
    await untilHintsDone(dojang, imp_uid);
    assert.equal((await get("/v1/discrepancies?kind=orphan&status=open")).body.data.length, 1);
    await openOrder({ merchant_uid });
    await untilHintsDone(dojang, imp_uid);
    assert.equal((await dojang.read(merchant_uid)).body.status, "paid");
    const { data } = (await get("/v1/discrepancies?kind=orphan")).body;
    assert.equal(data.length, 1);
    assert.equal(data[0].resolution.action, "accept");
    assert.equal(data[0].resolution.actor, "dojang");
  });
});
