// R53: a dump of a busy server's database, and what leaves it on its other ways. Goal: neither the files with their log nor any value of any
// row holds personal data, a password, a session or a key in the clear, while a refund's account is needed as well; what the shop's endpoint
// and the console's viewers get names no buyer. Method: one order that has all of it, at the moment when its refund is on its way.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openReceiver, type Receiver } from "../emulator/open-receiver.ts";
import { type Console, OPERATOR_PASSWORD, signedIn } from "../support/console.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { listRoutes } from "../support/list-routes.ts";
import { CANCEL } from "../support/refund-stage.ts";
import { SENTINELS } from "../support/secret-stage.ts";
import { assertSilent, type Sink, sentinelsIn } from "../support/sentinels.ts";
import { bytesIn, removeDatabaseIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";

const { name = "", email = "", tel = "", note = "", vbank_num = "", vbank_holder = "" } = SENTINELS;
const BUYER = Object.fromEntries(
  ["buyer_name", "buyer_tel", "buyer_email", "buyer_addr", "buyer_postcode", "custom_data"].map((field) => [
    field,
    SENTINELS[field],
  ]),
);
const ACCOUNT = { bank: "88", account: "33344455566677", holder: "선우환불", tel: "010-8855-2211" };
const REASON = "sentinel-reason of the shop";
const EVENTS_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const folder = mkdtempSync(join(tmpdir(), "dojang-stored-"));

let emulator: Emulator;
let shop: Receiver;
let dojang: TestDojang;
let viewer: Console;
let order: string;
let endCancel: () => void;
const sentinels: Record<string, string> = {
  ...SENTINELS,
  refund_account: ACCOUNT.account,
  refund_holder: ACCOUNT.holder,
  refund_tel: ACCOUNT.tel,
  reason: REASON,
  password: OPERATOR_PASSWORD,
  events_secret: EVENTS_SECRET,
};

describe("what a busy server keeps and tells", () => {
  before(async () => {
    emulator = await startEmulator({ seed: 4711 });
    emulator.webhooks.auto = false;
    shop = await openReceiver();
    const events = { DOJANG_EVENTS_URL: shop.url, DOJANG_EVENTS_SECRET: EVENTS_SECRET };
    dojang = await startTestDojang({ emulator, folder, env: { DOJANG_NOTICES: "none", ...events } });
    viewer = await signedIn(dojang, "viewer");
    const admin = await signedIn(dojang, "admin");
    const { secret } = (await admin.ask("POST", "/api-keys", { body: { name: "the shop" } })).body;
    const customer = { id: "customer-0815", name, email, tel };
    order = (await dojang.order({ customer, metadata: { note } })).body.merchant_uid;
    const fields = {
      ...BUYER,
      vbank_num,
      vbank_holder,
      pay_method: "vbank",
      status: "ready",
      sandbox: true,
    } as const;
    const { imp_uid } = emulator.pay({ ...fields, merchant_uid: order, amount: 50_000 });
    await dojang.complete({ imp_uid, merchant_uid: order });
    emulator.deposit(imp_uid);
    assert.equal((await dojang.complete({ imp_uid, merchant_uid: order })).status, 200);
    await dojang.webhook({ imp_uid, merchant_uid: order, status: "paid", buyer_tel: tel });
    const held = Promise.withResolvers<void>();
    emulator.override(CANCEL, { holdUntil: held.promise });
    endCancel = held.resolve;
    const refund = await dojang.request("POST", `/v1/orders/${order}/refunds`, {
      body: { amount: 1000, reason: REASON, refund_account: ACCOUNT },
      headers: { "idempotency-key": "stored-1" },
    });
    assert.ok(refund.status < 300, refund.text);
    await until("the refund is on its way", () =>
      [...emulator.requests].some(({ path }) => path.startsWith(CANCEL.path)),
    );
    Object.assign(sentinels, { made_key: secret, session: admin.cookie.split("=")[1] ?? "" });
  });
  after(async () => {
    endCancel();
    await dojang.close();
    await removeDatabaseIn(folder);
    await shop[Symbol.asyncDispose]();
    await emulator.close();
  });

  test("R53-z1 no file and no value of its database holds anything of it in the clear", async () => {
    const dump = await bytesIn(folder);
    const all = Buffer.concat(dump.map(([, bytes]) => bytes));
    assert.ok(all.includes(order) && all.includes("customer-0815"), "the dump holds the rows");
    const [stored] = (await dojang.dojang.deps.store.readOrder(order))?.refunds ?? [];
    assert.equal(stored?.account?.number, ACCOUNT.account, "the account is still needed");
    const sinks = dump.map(([what, bytes]): Sink => ({ what, bytes }));
    assertSilent(sinks, { sentinels, documented: {} });
  });

  test("R53-z2 its events and its log hold nothing of it", async () => {
    await until("the shop was told", () => shop.received.length >= 2);
    const told = shop.received.map(
      ({ headers, body }): Sink => ({
        what: "an event",
        bytes: Buffer.from(`${JSON.stringify(headers)}\n${body}`),
      }),
    );
    const lines = dojang.logLines.map((line): Sink => ({ what: "the log", bytes: Buffer.from(line) }));
    assertSilent([...told, ...lines], { sentinels, documented: {} });
  });

  test("R53-z3 no reading route of the console shows it to a viewer", async () => {
    const routes = await listRoutes(dojang, { side: "private", isSandbox: true });
    const prefix = "GET /console/api";
    const paths = routes
      .filter((route) => route.startsWith(`${prefix}/`) && !route.endsWith("/live"))
      .map((route) => route.slice(prefix.length).replace(":merchant_uid", order));
    assert.ok(paths.length >= 12, paths.join(" "));
    const { payments } = (await dojang.read(order)).body;
    const sinks: Sink[] = [];
    for (const path of paths) {
      const filled = path.replace(":imp_uid", payments[0].imp_uid).replace(":id", "rec_nothing");
      const { text } = await viewer.ask("GET", filled);
      sinks.push({ what: `the answer to ${filled}`, bytes: Buffer.from(text) });
    }
    const found = await viewer.ask("POST", "/orders/search", { body: { q: tel } });
    assert.equal(found.body.data.length, 1, "it is found by the number");
    sinks.push({ what: "what the search found", bytes: Buffer.from(found.text) });
    // The audit is there to show reasons to operators.
    const readable = sinks.map((sink) => ({ ...sink, allowed: ["reason"] }));
    assertSilent(readable, { sentinels, documented: {} });
  });

  test("R53-z4 there is no other way out: no route of metrics, traces or debugging", async () => {
    const routes = [
      ...(await listRoutes(dojang, { side: "public", isSandbox: false })),
      ...(await listRoutes(dojang, { side: "private", isSandbox: false })),
    ];
    assert.ok(routes.length > 60);
    const others = routes.filter((route) => /metrics|trace|debug|heap|dump|inspect|status/i.test(route));
    assert.deepEqual(others, []);
    assert.deepEqual(sentinelsIn(Buffer.from(ACCOUNT.account), sentinels), ["refund_account"]);
  });
});
