// Goal: one role leaves the other's work alone, and finds what the other left. Method: first a server alone, then a worker alone, on one
// database and one gateway, each in this process. (As processes beside one another they need PostgreSQL: test/process.)
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { askEveryRoute } from "../support/every-route.ts";
import { until } from "../support/until.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-roles-"));
const env = { DOJANG_DATA_KEY: Buffer.alloc(32, 3).toString("base64") };
let emulator: Emulator;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const startRole = (role: "serve" | "worker", sweeps = false) =>
  startTestDojang({ emulator, folder, role, env, sweeps });

async function pay(dojang: TestDojang) {
  const { body } = await dojang.order();
  const { imp_uid } = emulator.pay({ merchant_uid: body.merchant_uid, amount: 50_000, sandbox: true });
  return { imp_uid, merchant_uid: body.merchant_uid };
}

describe("startDojang() with one role", () => {
  test("serves as serve and runs no task; the worker runs what was left, and serves nothing", async () => {
    await using served = await startRole("serve", true);
    const [told, completed] = [await pay(served), await pay(served)];
    assert.equal((await served.webhook(told)).status, 200);
    assert.equal((await served.complete(completed)).body.status, "success");
    // A runner in this process would have been woken by the webhook's commit.
    for (let turns = 0; turns < 20; turns += 1) await pause(0);
    const waiting = await served.dojang.deps.store.readTasks({ limit: 100 });
    assert.equal(waiting.find(({ key }) => key === `verify:${told.imp_uid}`)?.state, "due");
    assert.deepEqual(
      waiting.filter(({ kind }) => kind === "sweep"),
      [],
      "what runs by the clock is the workers' to plan",
    );
    assert.equal((await served.read(told.merchant_uid)).body.status, "pending");
    await served.close();

    await using worker = await startRole("worker", true);
    const { store } = worker.dojang.deps;
    await until(
      "the worker verified what the webhook told",
      async () => (await store.readOrder(told.merchant_uid))?.order.status === "paid",
    );
    const sweeps = (await store.readTasks({ limit: 100 })).filter(({ kind }) => kind === "sweep");
    assert.equal(sweeps.length, 3);
  });

  test("answers as worker for its health alone", async () => {
    await using worker = await startRole("worker");
    const customer = { id: "user-1", name: "홍길동", email: "gildong@example.com", tel: "01012345678" };
    const answers = await askEveryRoute(worker, { merchantUid: "dj_1", impUid: "imp_1", customer });
    const open = answers.filter(({ answer }) => answer.status < 400).map(({ line }) => line);
    assert.deepEqual(open, ["GET /healthz", "GET /readyz"]);
    for (const path of ["/healthz", "/readyz"]) assert.equal((await worker.request("GET", path)).status, 200);
  });
});
