// Goal: servers and workers beside one another on one database are one Dojang: whatever one of them took in, another one finishes, and
// what was killed is missed by nobody. Method: real processes on a real PostgreSQL; webhooks go to one server, questions to the other.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";
import { type RunningServer, startServer } from "./server-process.ts";

let emulator: Emulator;
let databaseUrl: string;
const running: RunningServer[] = [];
before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
  databaseUrl = await makeDatabase();
  const env = {
    DATABASE_URL: databaseUrl,
    DOJANG_DATA_KEY: Buffer.alloc(32, 5).toString("base64"),
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
  };
  // At the same time, on an empty database: one of them makes the schema.
  const commands = ["serve", "serve", "worker", "worker"] as const;
  running.push(...(await Promise.all(commands.map((command) => startServer(env, command)))));
});
after(async () => {
  await Promise.all(running.map((one) => one.kill("SIGKILL")));
  await dropDatabase(databaseUrl);
  await emulator.close();
});

/** A payment of which one server hears by a webhook alone. @returns once another server shows it as applied */
async function payAndWait(told: RunningServer, asked: RunningServer): Promise<string> {
  const { body } = await told.post("/v1/orders", { name: "감귤 5kg", amount: 50_000 });
  const merchantUid = String(body["merchant_uid"]);
  const { imp_uid } = emulator.pay({ merchant_uid: merchantUid, amount: 50_000, sandbox: true });
  const { status } = await told.post("/webhooks/iamport", { imp_uid, merchant_uid: merchantUid });
  assert.equal(status, 200);
  await until("it is paid", async () => (await asked.read(merchantUid)).status === "paid");
  return merchantUid;
}

describe("dojang serve and dojang worker", () => {
  test("finish together what one server was told, and go on without those that are killed", async () => {
    const [one, two, worker, otherWorker] = running;
    assert.ok(one && two && worker && otherWorker);
    const paid = await Promise.all([payAndWait(one, two), payAndWait(two, one)]);
    await worker.kill("SIGKILL");
    paid.push(await payAndWait(one, two));
    await one.kill("SIGKILL");
    paid.push(await payAndWait(two, two));
    for (const merchantUid of paid) {
      const { payments } = await two.read(merchantUid);
      assert.deepEqual(
        payments.map(({ verdict }: { verdict: string }) => verdict),
        ["applied"],
      );
    }
    assert.equal(await two.kill("SIGTERM"), 0);
    assert.equal(await otherWorker.kill("SIGTERM"), 0);
  });
});
