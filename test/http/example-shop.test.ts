// Goal: what a developer copies from the example shop is safe to copy: its prices are its own, an order is its buyer's alone, and nothing is
// shipped but on a signed `order.paid`. Method: the real server behind it, events signed by the test. In a browser: test/browser/journey.test.ts.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { CONFIRM_PATH, EVENTS_PATH, startShop } from "../../examples/shop/server.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";

const KEY = Buffer.alloc(32, 5);
const ALICE = `c_${"a".repeat(32)}`;
const BOB = `c_${"b".repeat(32)}`;

let emulator: Emulator;
let dojang: TestDojang;
let shop: Awaited<ReturnType<typeof startShop>>;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  shop = await openShopAt(dojang.url, TEST_API_KEY);
});
after(async () => {
  await shop.close();
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const openShopAt = (url: string, apiKey: string) =>
  startShop({
    host: "127.0.0.1",
    port: 0,
    dojang: { url, apiKey },
    eventsSecret: `whsec_${KEY.toString("base64")}`,
  });

/** Asks as a browser does, and follows nothing. */
async function ask(path: string, { at = shop.url, as = ALICE, form = undefined as string | undefined } = {}) {
  const response = await fetch(at + path, {
    redirect: "manual",
    headers: { cookie: `customer=${as}`, "content-type": "application/x-www-form-urlencoded" },
    ...(form === undefined ? {} : { method: "POST", body: form }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Presses buy. @returns the order's number, from the address of the checkout that the buyer is sent to */
async function buy(form = "product=inkstone"): Promise<string> {
  const { status, headers } = await ask("/buy", { form });
  assert.equal(status, 303);
  const location = headers.get("location") ?? "";
  assert.ok(location.startsWith(`${dojang.url}/checkout/`), location);
  return location.slice(location.lastIndexOf("/") + 1);
}

describe("The example shop", () => {
  test("decides the price itself, whatever the page says", async () => {
    const id = await buy("product=inkstone&amount=1&price=1&currency=USD&name=x&metadata=x");
    const { body } = await dojang.read(id);
    assert.deepEqual(
      [body.amount, body.currency, body.name, body.metadata, body.customer.id, body.return_url],
      [48_000, "KRW", "남포 벼루", { product: "inkstone" }, ALICE, `${shop.url}/order`],
    );
  });

  test("shows an order to its own buyer only", async () => {
    const id = await buy();
    const path = `/order?merchant_uid=${id}`;
    assert.match((await ask(path)).text, /Not paid yet/);
    const nobodys = await ask("/order?merchant_uid=dj_no_such_order");
    for (const as of [BOB, "", "c_", `${ALICE}0`]) {
      const { status, text } = await ask(path, { as });
      assert.deepEqual([status, text], [404, nobodys.text], as);
    }
    assert.ok((await ask("/")).text.includes(id));
    assert.equal((await ask("/", { as: BOB })).text.includes(id), false);
  });

  test("gives a buyer without a cookie one that no script reads", async () => {
    const [cookie = ""] = (await ask("/", { as: "mine" })).headers.getSetCookie();
    assert.match(cookie, /^customer=c_[0-9a-f]{32}; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/);
    assert.deepEqual((await ask("/")).headers.getSetCookie(), []);
  });

  test("believes no word of the address", async () => {
    const id = await buy();
    const { text } = await ask(`/order?merchant_uid=${id}&status=success&imp_success=true`);
    assert.match(text, /Not paid yet/);
    assert.doesNotMatch(text, /Payment verified|<time/);
  });

  for (const form of ["", "product=gold", "product=__proto__", "product=", "x".repeat(60_000)])
    test(`sells nothing for ${form.slice(0, 20) || "an empty form"}`, async () => {
      const before = (await dojang.request("GET", "/v1/orders")).body.data.length;
      assert.equal((await ask("/buy", { form })).status, 400);
      assert.equal((await dojang.request("GET", "/v1/orders")).body.data.length, before);
    });

  test("reads no more than 64 KB", async () => {
    assert.equal((await ask("/buy", { form: `product=inkstone&${"x".repeat(70_000)}` })).status, 413);
  });

  test("shows text of strangers as text, and runs no script", async () => {
    const name = "</title><script>alert(1)</script>'\"";
    const { body } = await dojang.order({ name, customer: { id: ALICE } });
    for (const path of ["/", `/order?merchant_uid=${body.merchant_uid}`]) {
      const { text, headers } = await ask(path);
      assert.ok(text.includes("&#60;script&#62;alert(1)"), path);
      assert.equal(text.includes("<script"), false);
      assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; style-src 'self'/);
    }
  });

  for (const [what, key, address] of [
    ["the key is wrong", "a-key-that-nobody-knows", () => dojang.url],
    ["something else listens there", TEST_API_KEY, () => emulator.url],
    ["nothing does", TEST_API_KEY, () => "http://127.0.0.1:9"],
  ] as const)
    test(`asks to try again when ${what}, and tells buyers no more`, async () => {
      const other = await openShopAt(address(), key);
      try {
        for (const [path, form] of [
          ["/buy", "product=inkstone"],
          ["/", undefined],
        ] as const) {
          const { status, text } = await ask(path, { at: other.url, form });
          assert.equal(status, what === "something else listens there" && path === "/" ? 200 : 502);
          assert.doesNotMatch(text, /Dojang|HTTP|ECONN|fetch/);
        }
      } finally {
        await other.close();
      }
    });

  test("sends a browser that came by another name to the one that Dojang knows, and nowhere else", async () => {
    const { port } = new URL(shop.url);
    for (const [path, to] of [
      ["/order?merchant_uid=x", "/order?merchant_uid=x"],
      ["/buy", "/buy"],
      ["//evil.example/x", "/x"],
    ]) {
      const { status, headers } = await ask(path ?? "", { at: `http://localhost:${port}` });
      assert.deepEqual([status, headers.get("location")], [307, `${shop.url}${to}`]);
    }
  });

  test("serves no file outside its own folder", async () => {
    assert.equal((await ask("/shop.css")).status, 200);
    for (const path of [
      "/../server.ts",
      "/%2e%2e/server.ts",
      "/server.ts",
      "/..%2fserver.ts",
      "//etc/passwd",
    ]) {
      const { status, text } = await ask(path);
      assert.equal(status, 404, path);
      assert.equal(text.includes("startShop"), false, path);
    }
  });
});

interface Told {
  readonly type?: string;
  readonly id?: string;
  readonly keys?: readonly Buffer[];
  readonly ageS?: number;
  readonly headers?: Record<string, string>;
  readonly sent?: string;
  readonly path?: string;
}

let ids = 0;
/** Posts an event, signed as Dojang signs unless something is changed. */
async function tell(merchant_uid: string | undefined, told: Told = {}): Promise<Response> {
  const { type = "order.paid", id = `evt_${++ids}`, keys = [KEY], ageS = 0, sent = "" } = told;
  const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data: { merchant_uid } });
  const timestamp = String(Math.floor(Date.now() / 1000) - ageS);
  const signatures = keys.map((key) =>
    createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64"),
  );
  return fetch(shop.url + (told.path ?? EVENTS_PATH), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signatures.map((signature) => `v1,${signature}`).join(" "),
      ...told.headers,
    },
    body: body + sent,
  });
}

const FORGED: Readonly<Record<string, Told>> = {
  "another key": { keys: [Buffer.alloc(32, 6)] },
  "an old timestamp": { ageS: 301 },
  "a timestamp from the future": { ageS: -301 },
  "a changed body": { sent: " " },
  "another id": { headers: { "webhook-id": "evt_other" } },
  "no signature": { headers: { "webhook-signature": "" } },
  "a signature of another scheme": { headers: { "webhook-signature": "v1a,AAAA" } },
  "no timestamp": { headers: { "webhook-timestamp": "" } },
};

describe("Events at the example shop", () => {
  /** When the buyer's page says that it was shipped. */
  const shippedAt = async (id: string) =>
    /Shipped<\/small><\/dt><dd><time datetime="([^"]+)"/.exec(
      (await ask(`/order?merchant_uid=${id}`)).text,
    )?.[1];

  test("ship on order.paid, once, and page says when", async () => {
    const id = await buy();
    assert.equal(await shippedAt(id), undefined);
    assert.equal((await tell(id, { id: "evt_once" })).status, 204);
    const at = await shippedAt(id);
    assert.ok(at !== undefined);
    assert.equal((await tell(id, { id: "evt_once" })).status, 204);
    assert.equal(await shippedAt(id), at);
  });

  test("of a test, and of any type that it does not know, are taken and do nothing", async () => {
    assert.equal((await tell(undefined, { type: "dojang.test" })).status, 204);
    assert.equal((await tell(undefined)).status, 204);
    const id = await buy();
    for (const type of [
      "order.new",
      "order.awaiting_deposit",
      "payment.rejected",
      "order.refunded",
      "order.paid.not",
    ])
      assert.equal((await tell(id, { type })).status, 204);
    assert.equal(await shippedAt(id), undefined);
  });

  for (const [what, forged] of Object.entries(FORGED))
    test(`with ${what} are refused without a reason`, async () => {
      const id = await buy();
      for (const path of [EVENTS_PATH, CONFIRM_PATH]) {
        const refusal = await tell(id, { ...forged, path });
        assert.deepEqual([refusal.status, await refusal.text()], [401, ""], path);
      }
      assert.equal(await shippedAt(id), undefined);
    });

  test("of more than 64 KB are not read", async () => {
    const id = await buy();
    assert.equal((await tell(id, { sent: " ".repeat(70_000) })).status, 413);
    assert.equal(await shippedAt(id), undefined);
  });

  test("are known by one true signature beside that of another secret", async () => {
    const id = await buy();
    assert.equal((await tell(id, { keys: [Buffer.alloc(32, 6), KEY] })).status, 204);
    assert.ok((await shippedAt(id)) !== undefined);
  });

  // That the last piece is sold once: test/forgery/last-item.test.ts.
  test("of a confirmation are answered for an order that is there, and refused for any other", async () => {
    const confirm = (id: string | undefined) => tell(id, { type: "payment.confirm", path: CONFIRM_PATH });
    assert.equal((await confirm(await buy())).status, 204);
    assert.equal((await tell(await buy(), { path: CONFIRM_PATH })).status, 401, "an event is no question");
    assert.equal((await confirm((await dojang.order()).body.merchant_uid)).status, 204);
    const gone = (await dojang.order({ metadata: { product: "gold" } })).body.merchant_uid;
    for (const id of [gone, "dj_no_such_order"]) {
      const refusal = await confirm(id);
      assert.deepEqual([refusal.status, await refusal.json()], [409, { reason: "재고 부족" }]);
    }
  });
});
