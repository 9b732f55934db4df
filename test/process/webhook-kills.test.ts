// Goal: a webhook that was answered 200 is never lost, and its look is never forgotten, whenever the process is killed.
// Method: the real process on a real file, killed with SIGKILL or stopped for a while in the middle of webhooks.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { expireLeases } from "../support/expire-leases.ts";
import { openRows } from "../support/open-rows.ts";
import { databaseEnvIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";
import { type RunningServer, startServer } from "./server-process.ts";

const KILLS = 2;
const CONNECTIONS = 8;
const folder = mkdtempSync(join(tmpdir(), "dojang-webhook-kills-"));
let emulator: Emulator;
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const envOf = async (name: string) => ({
  ...(await databaseEnvIn(join(folder, name))),
  DOJANG_RATE_LIMIT: "off",
  IMP_API_URL: emulator.url,
  IMP_KEY: emulator.impKey,
  IMP_SECRET: emulator.impSecret,
});

/** Some senders, one webhook after the other each, until the server is gone. Each id is sent once. */
async function sendUntilGone(
  server: RunningServer,
  { round, killAfter }: { round: number; killAfter: number },
) {
  const answered: string[] = [];
  let sent = 0;
  const drive = async () => {
    for (;;) {
      const imp_uid = `imp_${round}${String(sent++).padStart(8, "0")}`;
      const answer = await server
        .post("/webhooks/iamport", { imp_uid, status: "paid" })
        .catch(() => undefined);
      if (answer === undefined) return;
      assert.equal(answer.status, 200);
      answered.push(imp_uid);
      if (answered.length === killAfter) server.child.kill("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, drive));
  await server.ended;
  return answered;
}

describe("kill -9 under webhooks", () => {
  test("R52-a R52-b X8 loses none that was answered, doubles none, and leaves each its look", async () => {
    const env = await envOf("kills");
    const answered: string[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      const server = await startServer(env);
      answered.push(...(await sendUntilGone(server, { round, killAfter: 30 + round * 37 })));
    }
    await using server = await startServer(env);
    await using rows = await openRows(env.DATABASE_URL);
    const counts = await rows.all<{ id: string; count: number }>(
      "SELECT imp_uid AS id, count(*) AS count FROM hints GROUP BY imp_uid",
    );
    const hints = new Map(counts.map(({ id, count }) => [id, count]));
    const tasks = await rows.all<{ id: string }>("SELECT imp_uid AS id FROM tasks WHERE kind = 'verify'");
    const verified = new Set(tasks.map(({ id }) => id));
    assert.ok(answered.length >= 30 + 67, `${answered.length} were answered`);
    assert.deepEqual(
      answered.filter((id) => hints.get(id) !== 1 || !verified.has(id)),
      [],
      "each has one hint and a verify task",
    );
    assert.deepEqual(
      [...hints.values()].filter((count) => count > 1),
      [],
      "each was sent once",
    );
    await expireLeases(env.DATABASE_URL);
    const open = "SELECT imp_uid FROM tasks WHERE kind = 'verify' AND state <> 'done' LIMIT 1";
    await until("every look has been taken", async () => (await rows.all(open)).length === 0);
    assert.equal(await server.kill("SIGTERM"), 0);
  });
});

describe("SIGSTOP", () => {
  test("X8 while a webhook is looked at: it goes on, and pays the order once", async () => {
    const env = await envOf("stopped");
    await using server = await startServer(env);
    const { body } = await server.post("/v1/orders", { name: "감귤", amount: 50_000 });
    const merchant_uid = String(body["merchant_uid"]);
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
    const gate = Promise.withResolvers<void>();
    emulator.override({ path: new RegExp(`^/payments/${imp_uid}`), times: 1 }, { holdUntil: gate.promise });
    await server.post("/webhooks/iamport", { imp_uid, merchant_uid });
    const fetches = () => emulator.requests.lines().filter((line) => line.includes(imp_uid)).length;
    await until("the look is at the gateway", () => fetches() === 1);
    server.child.kill("SIGSTOP");
    // What comes meanwhile waits in the kernel, and is answered afterwards.
    const late = server.post("/webhooks/iamport", { imp_uid, merchant_uid });
    const stoppedAt = performance.now();
    gate.resolve();
    await until("it was stopped for a second", () => performance.now() - stoppedAt > 1000);
    server.child.kill("SIGCONT");
    assert.equal((await late).status, 200);
    await until("the order is paid", async () => (await server.read(merchant_uid)).status === "paid");
    const order = await server.read(merchant_uid);
    assert.deepEqual([order.payments.length, order.discrepancies.length], [1, 0]);
  });
});
