// R43: the way to the gateway is verified, and only the operator names it. Goal: behind a false certificate, a wrong
// address or a proxy nobody hears a key, and no order is paid or failed. Method: real listeners that count what they get,
// and the real command with each bad setting.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { readConfig } from "../../src/config.ts";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { ConfigError } from "../../src/env.ts";
import { type Double, openDouble } from "../gateway/gateway-double.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { selfSigned } from "../gateway/self-signed.ts";
import { runDojang, startServer } from "../process/server-process.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { LIVE_MERCHANT } from "../support/forgery.ts";
import { readStored } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";
import { databaseIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";

const DAY_MS = 24 * 3_600_000;
const now = Date.now();
const valid = selfSigned({ from: new Date(now - DAY_MS), to: new Date(now + DAY_MS) });
const expired = selfSigned({ from: new Date(now - 2 * DAY_MS), to: new Date(now - DAY_MS) });
const folder = mkdtempSync(join(tmpdir(), "dojang-address-"));
const clock = new ManualClock(now);
const emulator = await startEmulator({ seed: 43, now: () => clock.now() });
emulator.model.addMerchant(LIVE_MERCHANT);
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const LIVE = {
  DOJANG_MODE: "live",
  DOJANG_ALLOW_ONE_PORT: "1",
  DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
  IMP_KEY: LIVE_MERCHANT.impKey,
  IMP_SECRET: LIVE_MERCHANT.impSecret,
  DOJANG_DATA_KEY: randomBytes(32).toString("base64"),
};
const MODES: Readonly<Record<string, Record<string, string>>> = { sandbox: {}, live: LIVE };

/** A paid one, in the books of the account that this mode uses. */
function pay(merchant_uid: string, isLive: boolean) {
  const account = isLive ? { userCode: LIVE_MERCHANT.userCode } : {};
  return emulator.pay({ merchant_uid, amount: 50_000, sandbox: !isLive, ...account });
}

/** The first server is sent to the wrong place; the second, on the same database, to the gateway, and needs no request. */
async function expectPendingThere(env: Record<string, string>, database: string): Promise<void> {
  const isLive = env["DOJANG_MODE"] === "live";
  const there = join(folder, database);
  const options = { emulator, folder: there, clock };
  emulator.requests.clear();
  const first = await startTestDojang({ ...options, env });
  const { merchant_uid: order } = (await first.order()).body;
  const payment = pay(order, isLive);
  const before = await readStored(first, order);
  const ids = { imp_uid: payment.imp_uid, merchant_uid: order };
  assertOneAnswer(await first.complete(ids), { word: "pending", merchantUid: order });
  const pending = await readStored(first, order);
  assert.deepEqual(pending.order, before.order);
  assert.deepEqual(pending.events, ["order.registered"]);
  assert.deepEqual(first.fatal, []);
  const secrets = [emulator.impSecret, LIVE_MERCHANT.impSecret];
  assert.ok(!first.logLines.some((line) => secrets.some((secret) => line.includes(secret))));
  await first.close();
  assert.deepEqual(emulator.requests.lines(), [], "the gateway heard nothing");
  const { IMP_API_URL: _wrong, ...settings } = env;
  await using second = await startTestDojang({ ...options, env: settings });
  await expectPaidByItself(second, { order, paidBy: payment.imp_uid });
}

async function expectPaidByItself(server: TestDojang, { order, paidBy }: { order: string; paidBy: string }) {
  await until("the order is paid", async () => {
    clock.advance(1000);
    return (await server.read(order)).body.status === "paid";
  });
  const { order: row, events } = await readStored(server, order);
  assert.equal(row.imp_uid, paidBy);
  assert.equal(events.filter((type) => type === "order.paid").length, 1);
}

describe("a certificate that nobody vouches for", () => {
  for (const [mode, env] of Object.entries(MODES)) {
    for (const { id, what, tls, host = "127.0.0.1" } of [
      { id: "R43-c1", what: "self-signed", tls: valid },
      { id: "R43-c2", what: "self-signed for another name", tls: valid, host: "localhost" },
      { id: "R43-d", what: "expired", tls: expired },
    ]) {
      test(`${id} in ${mode}: ${what} is refused before a byte of the key leaves`, async () => {
        await using imposter = await openDouble({ tls });
        const url = imposter.url.replace("127.0.0.1", host);
        await expectPendingThere({ ...env, IMP_API_URL: url }, `${id}-${mode}`);
        assert.deepEqual(imposter.received, []);
      });
    }
  }

  test("R43-e1 NODE_TLS_REJECT_UNAUTHORIZED=0 does not make a sandbox server take it", async () => {
    const kept = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      await using imposter = await openDouble({ tls: valid });
      await expectPendingThere({ IMP_API_URL: imposter.url }, "lax");
      assert.deepEqual(imposter.received, []);
    } finally {
      if (kept === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = kept;
    }
  });

  test("R43-e2 https to a server that speaks plain HTTP is no way around it", async () => {
    await using plain = await openDouble();
    await expectPendingThere({ ...LIVE, IMP_API_URL: plain.url.replace("http:", "https:") }, "plain");
    assert.deepEqual(plain.received, []);
  });
});

describe("a wrong address", () => {
  const answers: Readonly<Record<string, Parameters<typeof respondWith>[1]>> = {
    "R43-i1 a web server that knows no such page": {
      status: 404,
      body: "<h1>Not Found</h1>",
      type: "text/html",
    },
    "R43-i2 a web server that answers all with 200": {
      status: 200,
      body: "<h1>Welcome</h1>",
      type: "text/html",
    },
    "R43-i3 a JSON API of somebody else": { status: 200, body: '{"ok":true}', type: "application/json" },
  };
  for (const [name, reply] of Object.entries(answers)) {
    test(`${name} is pending, never unpaid`, async () => {
      await using other = await openDouble();
      respondWith(other, reply);
      await expectPendingThere({ IMP_API_URL: other.url }, name.slice(0, 6));
      assert.ok(other.received.length > 0);
      assert.ok(other.received.every(({ line }) => line === "POST /users/getToken"));
    });
  }
});

function respondWith(double: Double, { status, body, type }: { status: number; body: string; type: string }) {
  double.answers.login = ({ response }) => {
    response.writeHead(status, { "content-type": type }).end(body);
  };
}

describe("dojang start in live", { concurrency: true }, () => {
  const tls = "Unset NODE_TLS_REJECT_UNAUTHORIZED: a live server must verify the gateway's certificate";
  const https = "Set IMP_API_URL to an https address: live keys never travel in the clear";
  const loopback =
    "Set DOJANG_ALLOW_LOOPBACK_GATEWAY=1 to use a gateway on loopback in live, or IMP_API_URL to an https address";
  const refused: Readonly<Record<string, readonly [env: Record<string, string>, line: string]>> = {
    "R43-e3 certificates switched off": [{ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, tls],
    "R43-j1 the gateway over http": [{ IMP_API_URL: "http://api.iamport.kr" }, https],
    "R43-j2 the emulator without leave": [
      { IMP_API_URL: emulator.url, DOJANG_ALLOW_LOOPBACK_GATEWAY: "" },
      loopback,
    ],
    "R43-j3 the emulator's keys": [
      { IMP_API_URL: emulator.url, IMP_KEY: emulator.impKey, IMP_SECRET: emulator.impSecret },
      "Set IMP_KEY and IMP_SECRET to your i'mport account's: the emulator's do not count in live",
    ],
  };
  for (const [name, [env, line]] of Object.entries(refused)) {
    test(`${name} ends the start with one line`, async () => {
      const database = join(folder, name.slice(0, 6), "dojang.db");
      await using server = runDojang(["start"], {
        ...LIVE,
        PORT: "0",
        DOJANG_API_KEY: "a-key-of-the-shop-that-is-long-enough",
        DATABASE_URL: `sqlite:${database}`,
        ...env,
      });
      const { stdout } = server.child;
      assert.ok(stdout !== null);
      const started = once(stdout, "data").then(() => "it started");
      assert.equal(await Promise.race([server.ended, started]), 1);
      assert.equal(server.output.stderr.replace(/^\(node:.*\n(?:\(Use .*\n)?/gm, ""), `dojang: ${line}\n`);
      assert.equal(server.output.stdout, "");
      assert.ok(!existsSync(database), "nothing was opened");
      assert.ok(!/hunter|a-live-secret/.test(server.output.stderr));
    });
  }

  test("R43-j4 no other text names a gateway either", () => {
    const texts = [
      "http://127.0.0.1.nip.test",
      "http://10.0.0.1",
      "https://hunter:two@api.iamport.kr",
      "https://api.iamport.kr/?include_sandbox=true",
      "https://api.iamport.kr/#payments",
      "file:///etc/passwd",
      "//api.iamport.kr",
      "api.iamport.kr",
    ];
    for (const text of texts) {
      const env = { ...LIVE, DOJANG_API_KEY: "a-key-of-the-shop-that-is-long-enough", IMP_API_URL: text };
      assert.throws(
        () => readConfig(env),
        (error) =>
          error instanceof ConfigError &&
          /^Set IMP_API_URL /.test(error.message) &&
          !/hunter/.test(error.message),
        text,
      );
    }
  });

  test("R43-k a proxy that the environment names gets nothing", async () => {
    await using proxy = await openDouble();
    const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    await using server = await startServer({
      ...LIVE,
      ...Object.fromEntries(names.map((name) => [name, proxy.url])),
      NODE_USE_ENV_PROXY: "1",
      IMP_API_URL: emulator.url,
      DATABASE_URL: await databaseIn(join(folder, "proxy")),
    });
    const { body } = await server.post("/v1/orders", { name: "감귤 5kg", amount: 50_000 });
    const order = String(body["merchant_uid"]);
    const payment = pay(order, true);
    const answer = await server.post("/payments/complete", { imp_uid: payment.imp_uid, merchant_uid: order });
    assert.equal(`${answer.status} ${answer.body["status"]}`, "200 success");
    assert.equal((await server.read(order)).imp_uid, payment.imp_uid);
    assert.deepEqual(proxy.received, []);
  });
});
