// Goal: with DOJANG_MODE=live, keys and another server that speaks V1, the same flows work, and test money never counts.
// Method: the real command in live; the emulator in this process stands for i'mport, with an account that is not the
// development one.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { OTHER_MERCHANT } from "../../src/emulator/merchant.ts";
import { databaseIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";
import { freePort, type RunningServer, startServer } from "./server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-live-"));
const { impKey, impSecret, userCode } = OTHER_MERCHANT;
let emulator: Emulator;
let server: RunningServer;
before(async () => {
  emulator = await startEmulator();
  server = await startServer({
    DOJANG_MODE: "live",
    DOJANG_PRIVATE_PORT: String(await freePort()),
    DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
    DOJANG_DATA_KEY: randomBytes(32).toString("base64"),
    DOJANG_ALLOWED_ORIGINS: "https://shop.example.com",
    DATABASE_URL: await databaseIn(folder),
    IMP_API_URL: emulator.url,
    IMP_KEY: impKey,
    IMP_SECRET: impSecret,
  });
  emulator.webhooks.url = `${server.url}/webhooks/iamport`;
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function register(fields: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await server.post("/v1/orders", { name: "감귤", amount: 50_000, ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body["merchant_uid"]);
}

describe("dojang start in live", () => {
  test("verifies a card payment", async () => {
    const merchant_uid = await register();
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, userCode });
    const { status, body } = await server.post("/payments/complete", { imp_uid, merchant_uid });
    assert.deepEqual([status, body["status"]], [200, "success"]);
    assert.equal((await server.read(merchant_uid)).status, "paid");
  });

  test("verifies a virtual account and its deposit, and hides both numbers in the log", async () => {
    const merchant_uid = await register({ customer: { id: "user-1", tel: "010-1234-5678" } });
    const account = emulator.pay({
      merchant_uid,
      amount: 50_000,
      userCode,
      status: "ready",
      pay_method: "vbank",
    });
    const { imp_uid } = account;
    const { body } = await server.post("/payments/complete", { imp_uid, merchant_uid });
    assert.deepEqual([body["status"], body["vbank_num"]], ["vbankIssued", account.vbank_num]);
    await until("the text went out", () => server.output.stdout.includes("text_message"));
    for (const number of [String(account.vbank_num), "01012345678", "1234-5678"]) {
      assert.equal(server.output.stdout.includes(number), false, "a number stands in the log");
    }
    emulator.deposit(imp_uid);
    await until("the order is paid", async () => (await server.read(merchant_uid)).status === "paid");
  });

  test("takes no test payment, and does not ask for any", async () => {
    const merchant_uid = await register();
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, userCode, sandbox: true });
    const { status } = await server.post("/payments/complete", { imp_uid, merchant_uid });
    assert.equal(status, 202);
    emulator.model.switches.hiddenSandbox = "shown";
    const shown = await server.post("/payments/complete", { imp_uid, merchant_uid });
    emulator.model.switches.hiddenSandbox = "404";
    assert.deepEqual([shown.status, shown.body["status"]], [400, "forgery"]);
    assert.equal((await server.read(merchant_uid)).status, "pending");
    assert.equal(
      emulator.requests.lines().some((line) => line.includes("include_sandbox=true")),
      false,
    );
  });

  test("takes no payment through a channel that is not the account's", async () => {
    const merchant_uid = await register();
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, userCode, pg_id: "MOIsomebody" });
    const { status, body } = await server.post("/payments/complete", { imp_uid, merchant_uid });
    assert.deepEqual([status, body["status"]], [400, "forgery"]);
  });

  test("sends buyers to named https hosts only", async () => {
    for (const return_url of [
      "http://127.0.0.1/done",
      "http://localhost:3000/done",
      "https://other.example.com/",
    ]) {
      const { status, body } = await server.post("/v1/orders", { name: "감귤", amount: 1, return_url });
      assert.deepEqual([status, body["code"]], [400, "invalid_return_url"]);
    }
    await register({ return_url: "https://shop.example.com/done" });
  });

  test("serves the shop's side on the private port alone, and starts no shop and no emulator", async () => {
    assert.equal((await fetch(`${server.url}/v1/orders`)).status, 404);
    assert.equal((await fetch(`${server.privateUrl}/payments/complete`, { method: "POST" })).status, 404);
    assert.equal(server.output.stdout.includes("example shop"), false);
    for (const line of server.output.stdout.trim().split("\n")) JSON.parse(line);
  });

  test("writes no key, secret or token into its log", () => {
    const { stdout, stderr } = server.output;
    for (const word of [impKey, impSecret, "Bearer"]) assert.equal((stdout + stderr).includes(word), false);
  });
});
