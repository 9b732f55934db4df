// Goal: readiness says what is wrong, and trouble below is never told as a payment's failure. Method: make each part
// fail for real: the disk of the storage engine, the gateway's key, its clock, the gateway itself.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import type { Engine, OpenEngine } from "../support/engine.ts";
import { ENGINES } from "../support/engines.ts";
import { type Served, serveStore } from "../support/serve-store.ts";

let emulator: Emulator;
before(async () => {
  emulator = await startEmulator();
});
after(() => emulator.close());

const ready = (dojang: TestDojang) => dojang.request("GET", "/readyz");
const OK = { storage: "ok", gateway: "ok", clock: "ok" };

describe("GET /readyz", () => {
  test("says ready when all is well, also before the first call to the gateway", async () => {
    await using dojang = await startTestDojang({ emulator });
    const first = await ready(dojang);
    assert.equal(first.status, 200);
    assert.deepEqual(first.body, { status: "ready", checks: OK });
    await dojang.dojang.deps.gateway.fetchPayment("imp_1");
    assert.deepEqual((await ready(dojang)).body, { status: "ready", checks: OK });
    assert.deepEqual((await dojang.request("GET", "/healthz")).body, { status: "ok" });
  });

  test("says not ready while the gateway refuses our key; a buyer hears pending", async () => {
    await using dojang = await startTestDojang({ emulator, env: { IMP_SECRET: "not-the-secret" } });
    const { body } = await dojang.order();
    const answer = await dojang.complete({ imp_uid: "imp_1", merchant_uid: body.merchant_uid });
    assert.deepEqual([answer.status, answer.body.status], [202, "pending"]);
    const { status, body: state } = await ready(dojang);
    assert.equal(status, 503);
    assert.deepEqual(state, { status: "not_ready", checks: { ...OK, gateway: "misconfigured" } });
    assert.equal((await dojang.request("GET", "/healthz")).status, 200);
    assert.equal((await dojang.webhook({ imp_uid: "imp_1" })).status, 200);
  });

  test("stays ready, and names it, while the gateway is away", async () => {
    await using away = await startEmulator();
    await using dojang = await startTestDojang({ emulator: away });
    away.override({ path: /^\/payments\// }, { status: 503, body: "{}" });
    for (let i = 0; i < 12; i += 1) await dojang.dojang.deps.gateway.fetchPayment(`imp_${i}`);
    const { status, body } = await ready(dojang);
    assert.deepEqual([status, body], [200, { status: "ready", checks: { ...OK, gateway: "unreachable" } }]);
  });

  test("stays ready, and names it, while the gateway's clock is another", async () => {
    await using skewed = await startEmulator();
    skewed.tokens.skewSeconds = 300;
    await using dojang = await startTestDojang({ emulator: skewed });
    await dojang.dojang.deps.gateway.fetchPayment("imp_1");
    const { status, body } = await ready(dojang);
    assert.deepEqual([status, body], [200, { status: "ready", checks: { ...OK, clock: "off" } }]);
  });
});

const ORDER = { merchant_uid: "shop-order-000001", name: "감귤", amount: 50_000 };

for (const engine of ENGINES) {
  describe(`the server on ${engine.name} in trouble`, () => {
    let dojang: TestDojang;
    before(async () => {
      dojang = await startTestDojang({ emulator });
    });
    after(() => dojang[Symbol.asyncDispose]());
    const serve = ({ store }: OpenEngine) => serveStore(dojang, store);
    for (const effect of ["lost", "kept"] as const) {
      // Only who owns the data alone must end when a COMMIT is in doubt: others read what became of it.
      if (engine.isExclusive) testDoubt({ engine, effect, serve });
      else testLostAnswer({ engine, effect, serve });
    }
    if (engine.isExclusive) testFullDisk({ engine, serve });
  });
}

interface Trouble {
  readonly engine: Engine;
  readonly serve: (open: OpenEngine) => Promise<Served>;
}

async function payOrder(server: Served) {
  const { body } = await server.ask("POST", "/v1/orders", ORDER);
  const { imp_uid } = emulator.pay({ merchant_uid: body.merchant_uid, amount: 50_000, sandbox: true });
  return { imp_uid, merchant_uid: body.merchant_uid };
}

function testDoubt({ engine, effect, serve }: Trouble & { readonly effect: "lost" | "kept" }): void {
  test(`tells callers to read first when a COMMIT was ${effect}, and is not ready from then on`, async () => {
    await using open = await engine.open();
    await using server = await serve(open);
    open.faults.failNextCommit(effect);
    const answer = await server.ask("POST", "/v1/orders", ORDER);
    assert.deepEqual(
      [answer.status, answer.body.code, answer.body.retry],
      [503, "commit_outcome_unknown", "read_first"],
    );
    assert.equal(answer.headers.get("retry-after"), "1");
    const state = await server.ask("GET", "/readyz");
    assert.deepEqual(
      [state.status, state.body.status, state.body.checks.storage],
      [503, "not_ready", "failed"],
    );
    assert.equal((await server.ask("GET", "/healthz")).status, 200);
    const hint = await server.ask("POST", "/webhooks/iamport", { imp_uid: "imp_1" });
    assert.equal(hint.status, 503);
  });

  test(`answers a buyer 503 and Retry-After when the COMMIT was ${effect}, never failed`, async () => {
    await using open = await engine.open();
    await using server = await serve(open);
    const ids = await payOrder(server);
    open.faults.failNextCommit(effect);
    const answer = await server.ask("POST", "/payments/complete", ids);
    assert.deepEqual([answer.status, answer.body.status], [503, "unavailable"]);
    assert.equal(answer.body.merchant_uid, ids.merchant_uid);
    assert.equal(answer.headers.get("retry-after"), "1");
  });
}

function testLostAnswer({ engine, effect, serve }: Trouble & { readonly effect: "lost" | "kept" }): void {
  test(`answers as ever when the answer to a COMMIT was lost and it was ${effect}, and is ready`, async () => {
    await using open = await engine.open();
    await using server = await serve(open);
    open.faults.failNextCommit(effect);
    const ids = await payOrder(server);
    open.faults.failNextCommit(effect);
    const answer = await server.ask("POST", "/payments/complete", ids);
    assert.deepEqual([answer.status, answer.body.status], [200, "success"]);
    assert.equal((await server.ask("GET", "/readyz")).status, 200);
    open.faults.failNextCommit(effect);
    assert.equal((await server.ask("POST", "/webhooks/iamport", ids)).status, 200);
    assert.equal((await open.store.readHints(10)).length, 1);
  });
}

function testFullDisk({ engine, serve }: Trouble): void {
  test("refuses what does not fit on the disk, and takes it once there is room", async () => {
    await using open = await engine.open();
    await using server = await serve(open);
    open.faults.fill();
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, "가".repeat(400)]));
    const large = { ...ORDER, metadata };
    const refused = await server.ask("POST", "/v1/orders", large);
    assert.deepEqual([refused.status, refused.body.code, refused.body.retry], [503, "storage_full", "safe"]);
    assert.equal((await server.ask("GET", `/v1/orders/${ORDER.merchant_uid}`)).status, 404);
    open.faults.makeRoom();
    assert.equal((await server.ask("POST", "/v1/orders", large)).status, 201);
  });
}
