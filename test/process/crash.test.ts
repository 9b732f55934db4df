// Goal: what was answered is never lost. Method: the real process on a real file, killed with SIGKILL after an answer,
// started again on the same file; the gateway is the emulator in this process, which remembers.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { databaseEnvIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";
import { type RunningServer, startServer } from "./server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-crash-"));
let emulator: Emulator;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

let databases = 0;
async function freshEnv() {
  databases += 1;
  return {
    ...(await databaseEnvIn(join(folder, String(databases)))),
    DOJANG_RATE_LIMIT: "off",
    DOJANG_LOG_LEVEL: "debug",
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
  };
}

async function pay(server: RunningServer, payment: object = {}) {
  const { status, body } = await server.post("/v1/orders", { name: "감귤", amount: 50_000 });
  assert.equal(status, 201);
  const merchant_uid = String(body["merchant_uid"]);
  const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true, ...payment });
  return { imp_uid, merchant_uid };
}
const callOf = (impUid: string) => new RegExp(`^/payments/${impUid}`);

describe("kill -9", () => {
  test("R60-a1 after its answers loses neither order nor payment, and the answers stay", async () => {
    const env = { ...(await freshEnv()), DOJANG_PUBLIC_URL: "http://127.0.0.1:3999" };
    const first = await startServer(env);
    const key = { "idempotency-key": "after-a-crash" };
    const registration = { name: "감귤", amount: 1000 };
    const registered = await first.post("/v1/orders", registration, key);
    const ids = await pay(first);
    const answer = await first.post("/payments/complete", ids);
    assert.equal(await first.kill("SIGKILL"), null);
    assert.equal(answer.body["status"], "success");

    await using second = await startServer(env);
    const order = await second.read(ids.merchant_uid);
    assert.deepEqual([order.status, order.imp_uid], ["paid", ids.imp_uid]);
    assert.deepEqual(await second.post("/payments/complete", ids), answer);
    assert.equal((await second.read(ids.merchant_uid)).payments.length, 1);
    const replayed = await second.post("/v1/orders", registration, key);
    assert.deepEqual([registered.status, replayed.status], [201, 200]);
    assert.deepEqual(replayed.body, registered.body);
  });

  test("R60-a2 after an acknowledged webhook: its look, which was under way, runs at the next start", async () => {
    const env = await freshEnv();
    const first = await startServer(env);
    const ids = await pay(first);
    const never = new Promise(() => {});
    const end = emulator.override({ path: callOf(ids.imp_uid) }, { holdUntil: never });
    assert.equal((await first.post("/webhooks/iamport", ids)).status, 200);
    await until("the look is at the gateway", () =>
      emulator.requests.lines().some((line) => line.includes(ids.imp_uid)),
    );
    await first.kill("SIGKILL");
    end();
    await using second = await startServer(env);
    await until("the order is paid without another word", async () => {
      return (await second.read(ids.merchant_uid)).status === "paid";
    });
  });

  test("R60-a3 after a pending answer: Dojang goes on asking at the next start", async () => {
    const env = await freshEnv();
    const first = await startServer(env);
    const ids = await pay(first);
    const end = emulator.override({ path: callOf(ids.imp_uid) }, { reset: true });
    assert.equal((await first.post("/payments/complete", ids)).status, 202);
    await first.kill("SIGKILL");
    end();
    await using second = await startServer(env);
    await until("the order is paid", async () => (await second.read(ids.merchant_uid)).status === "paid");
  });

  test("R60-a4 while 40 buyers complete: every answered success is there after the restart", async () => {
    const env = await freshEnv();
    const first = await startServer(env);
    const orders = await Promise.all(Array.from({ length: 40 }, () => pay(first)));
    const answered: string[] = [];
    const asked = orders.map(async (ids) => {
      const answer = await first.post("/payments/complete", ids).catch(() => undefined);
      if (answer?.body["status"] === "success") answered.push(ids.merchant_uid);
      if (answered.length === 15) first.child.kill("SIGKILL");
    });
    await Promise.all(asked);
    await first.ended;
    assert.ok(answered.length >= 15, `${answered.length} were answered`);
    await using second = await startServer(env);
    for (const merchantUid of answered) assert.equal((await second.read(merchantUid)).status, "paid");
    for (const ids of orders) {
      assert.equal((await second.post("/payments/complete", ids)).body["status"], "success");
      assert.equal((await second.read(ids.merchant_uid)).payments.length, 1);
    }
  });
});

describe("SIGTERM", () => {
  test("lets the requests under way end, takes none more, and ends with 0", async () => {
    const env = await freshEnv();
    await using server = await startServer(env);
    const ids = await pay(server);
    const gate = Promise.withResolvers<void>();
    emulator.override({ path: callOf(ids.imp_uid) }, { holdUntil: gate.promise });
    const asked = server.post("/payments/complete", ids);
    await until("the request is under way", () =>
      emulator.requests.lines().some((line) => line.includes(ids.imp_uid)),
    );
    const ended = server.kill("SIGTERM");
    await until("the port is closed", async () => {
      const answer = await fetch(`${server.url}/healthz`).catch(() => undefined);
      await answer?.arrayBuffer();
      return answer === undefined;
    });
    gate.resolve();
    const { status, body } = await asked;
    assert.deepEqual([status, body["status"]], [200, "success"]);
    assert.equal(await ended, 0);
    await using again = await startServer(env);
    assert.equal((await again.read(ids.merchant_uid)).status, "paid");
  });

  test("ends with 0 at once when nothing is under way, keep-alive connections or not", async () => {
    await using server = await startServer(await freshEnv());
    await (await fetch(`${server.url}/healthz`)).text();
    assert.equal(await server.kill("SIGTERM"), 0);
    assert.equal(server.output.stderr, "");
  });
});
