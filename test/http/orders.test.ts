import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";
import { assertProblem, countOrders, freshUid } from "./answers.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({
    emulator,
    env: { DOJANG_ALLOWED_ORIGINS: "https://shop.example.com" },
  });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const register = (body: unknown, headers: Record<string, string> = {}) =>
  dojang.request("POST", "/v1/orders", { body, headers });

const HOUR_MS = 3_600_000;
const inDays = (days: number) => new Date(Date.now() + days * 24 * HOUR_MS).toISOString();

const FULL = {
  name: "감귤 5kg · <b>특가</b>",
  amount: 50_000,
  currency: "KRW",
  tax_free: 10_000,
  vat_amount: 3637,
  customer: { id: "user-1", name: "홍길동", email: "hong@example.com", tel: "010-1234-5678" },
  pay_by: inDays(10),
  return_url: "https://shop.example.com/done?step=1",
  metadata: { basket: "b-1", pieces: 5, is_gift: true, note: null, __proto: "x" },
  allowed: { pay_methods: ["card", "vbank"], channels: ["html5_inicis:INIpayTest", "kakaopay"] },
};

describe("POST /v1/orders", () => {
  test("registers an order of every field and gives each back", async () => {
    const merchant_uid = freshUid();
    const answer = await register({ merchant_uid, ...FULL });
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
    const { created_at, ...rest } = answer.body;
    assert.deepEqual(rest, {
      merchant_uid,
      ...FULL,
      status: "pending",
      checkout_url: `${dojang.url}/checkout/${merchant_uid}`,
      preparation: null,
      virtual_account: null,
      imp_uid: null,
      paid_at: null,
      refunded_amount: 0,
      payments: [],
      refunds: [],
      discrepancies: [],
      version: 1,
    });
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < HOUR_MS);
    assert.deepEqual((await dojang.read(merchant_uid)).body, answer.body);
  });

  test("mints an id of 39 characters and fills in the defaults", async () => {
    const { body } = await register({ name: "감귤", amount: 1000 });
    assert.match(body.merchant_uid, /^dj_[A-Za-z0-9_-]{36}$/);
    assert.equal(body.merchant_uid.length, 39);
    assert.equal(body.currency, "KRW");
    assert.equal(Date.parse(body.pay_by) - Date.parse(body.created_at), 72 * HOUR_MS);
    for (const absent of ["tax_free", "vat_amount", "customer", "return_url", "allowed", "imp_uid"]) {
      assert.equal(body[absent], null, absent);
    }
    assert.deepEqual(body.metadata, {});
  });

  test("mints another id for each order, in the order of time", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.push((await dojang.order()).body.merchant_uid);
    assert.equal(new Set(ids).size, 3);
    const times = ids.map((id) => id.slice(3, 9));
    assert.deepEqual([...times].sort(), times);
  });

  const AMOUNTS: readonly (readonly [text: string, currency: string, amount: number])[] = [
    ["1", "KRW", 1],
    ["50000.0", "KRW", 50_000],
    ["999999999999999", "KRW", 999_999_999_999_999],
    ["14.2", "USD", 14.2],
    ["14.20", "USD", 14.2],
    ["0.01", "USD", 0.01],
    ["1.234", "KWD", 1.234],
    ["500", "JPY", 500],
  ];
  for (const [text, currency, amount] of AMOUNTS) {
    test(`takes ${text} ${currency}`, async () => {
      const rawBody = `{"name":"감귤","currency":"${currency}","amount":${text}}`;
      const answer = await dojang.request("POST", "/v1/orders", { rawBody });
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.body.amount, amount);
      assert.equal(answer.body.currency, currency);
    });
  }

  const TYPES = ["application/json; charset=utf-8", 'application/json; charset="UTF-8"', "application/JSON"];
  for (const type of TYPES) {
    test(`takes a body of ${type}`, async () => {
      const rawBody = JSON.stringify({ name: "감귤", amount: 1000 });
      const headers = { "content-type": type };
      assert.equal((await dojang.request("POST", "/v1/orders", { rawBody, headers })).status, 201);
    });
  }

  test("takes a body of exactly 64 KB", async () => {
    const bare = JSON.stringify({ name: "감귤", amount: 1000 });
    const rawBody = bare + " ".repeat(64 * 1024 - Buffer.byteLength(bare));
    assert.equal((await dojang.request("POST", "/v1/orders", { rawBody })).status, 201);
  });

  test("takes a return_url on loopback in sandbox", async () => {
    for (const return_url of ["http://127.0.0.1:8080/done", "http://localhost/done"]) {
      const { body } = await register({ name: "감귤", amount: 1000, return_url });
      assert.equal(body.return_url, return_url);
    }
  });
});

describe("POST /v1/orders under an id of the shop's", () => {
  test("answers the order again for equal fields, and writes nothing", async () => {
    const body = { merchant_uid: freshUid(), ...FULL };
    const first = await register(body);
    const before = await countOrders(dojang);
    const spelledOtherwise = { ...body, amount: 50_000.0, pay_by: body.pay_by.replace("Z", "+00:00") };
    for (const again of [await register(body), await register(spelledOtherwise)]) {
      assert.equal(again.status, 200);
      assert.deepEqual(again.body, first.body);
      assert.equal(again.headers.get("idempotent-replayed"), null);
    }
    assert.equal(await countOrders(dojang), before);
  });

  test("answers the order again when pay_by is left to the default both times", async () => {
    const body = { merchant_uid: freshUid(), name: "감귤", amount: 1000 };
    const first = await register(body);
    assert.deepEqual((await register(body)).body, first.body);
  });

  // Each row differs in its field and in every field below it: the first in precedence is named.
  const OTHERS: readonly (readonly [field: string, other: Record<string, unknown>])[] = [
    ["currency", { currency: "USD" }],
    ["amount", { amount: 50_001 }],
    ["name", { name: "사과" }],
    ["tax_free", { tax_free: 9999 }],
    ["vat_amount", { vat_amount: 1 }],
    ["customer", { customer: { ...FULL.customer, tel: "010-9999-9999" } }],
    ["pay_by", { pay_by: inDays(11) }],
    ["return_url", { return_url: "https://shop.example.com/other" }],
    ["metadata", { metadata: { ...FULL.metadata, pieces: 6 } }],
    ["allowed", { allowed: { pay_methods: ["card"] } }],
  ];
  for (const [index, [field]] of OTHERS.entries()) {
    test(`refuses another ${field} before any other field, and keeps the order`, async () => {
      const body = { merchant_uid: freshUid(), ...FULL };
      const first = await register(body);
      const others = Object.assign({}, ...OTHERS.slice(index).map(([, other]) => other));
      assertProblem(await register({ ...body, ...others }), `order_exists_with_different_${field}` as never);
      assert.deepEqual((await dojang.read(body.merchant_uid)).body, first.body);
    });
    test(`refuses another ${field} alone`, async () => {
      const body = { merchant_uid: freshUid(), ...FULL };
      await register(body);
      const answer = await register({ ...body, ...OTHERS[index]?.[1] });
      assertProblem(answer, `order_exists_with_different_${field}` as never);
    });
  }

  for (const field of ["tax_free", "customer", "pay_by", "return_url", "metadata", "allowed"]) {
    test(`refuses the order again without its ${field}`, async () => {
      const body: Record<string, unknown> = { merchant_uid: freshUid(), ...FULL };
      await register(body);
      delete body[field];
      assertProblem(await register(body), `order_exists_with_different_${field}` as never);
    });
  }

  test("makes one order of 50 registrations at the same time", async () => {
    const body = { merchant_uid: freshUid(), name: "감귤", amount: 1000 };
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(body)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(49).fill(200), 201]);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  });
});

describe("POST /v1/orders with an Idempotency-Key", () => {
  let lastKey = 0;
  const freshKey = () => ({ "idempotency-key": `key-${++lastKey}` });

  test("answers the same order for the same body, and says that it was replayed", async () => {
    const headers = freshKey();
    const first = await register(FULL, headers);
    assert.equal(first.status, 201);
    assert.equal(first.headers.get("idempotent-replayed"), null);
    assert.match(first.body.merchant_uid, /^dj_[A-Za-z0-9_-]{36}$/);
    const again = await register(FULL, headers);
    assert.equal(again.status, 200);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.deepEqual(again.body, first.body);
  });

  test("refuses another body under the same key", async () => {
    const headers = freshKey();
    const first = await register(FULL, headers);
    assertProblem(await register({ ...FULL, amount: 50_001 }, headers), "idempotency_key_reused");
    assertProblem(await register({ ...FULL, metadata: {} }, headers), "idempotency_key_reused");
    assert.deepEqual((await dojang.read(first.body.merchant_uid)).body, first.body);
  });

  test("makes one order of 50 requests at the same time", async () => {
    const headers = freshKey();
    const before = await countOrders(dojang);
    const answers = await Promise.all(Array.from({ length: 50 }, () => register(FULL, headers)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(49).fill(200), 201]);
    assert.equal(new Set(answers.map(({ body }) => body.merchant_uid)).size, 1);
    assert.equal(answers.filter((answer) => answer.headers.get("idempotent-replayed") === "true").length, 49);
    assert.equal(await countOrders(dojang), Math.min(before + 1, 100));
  });

  test("leads to the same order after a restart", async () => {
    const headers = freshKey();
    await using one = await startTestDojang({ emulator });
    const post = (server: TestDojang) =>
      server.request("POST", "/v1/orders", { body: { name: "감귤", amount: 1000 }, headers });
    const first = await post(one);
    const two = await one.restart();
    const again = await post(two);
    await two.close();
    assert.equal(again.status, 200);
    assert.equal(again.body.merchant_uid, first.body.merchant_uid);
  });

  test("leaves an id of the shop's as it is", async () => {
    const merchant_uid = freshUid();
    const headers = freshKey();
    assert.equal((await register({ merchant_uid, ...FULL }, headers)).body.merchant_uid, merchant_uid);
    assert.equal((await register({ merchant_uid, ...FULL }, headers)).status, 200);
  });

  for (const key of ["two words", "x".repeat(256)]) {
    test(`refuses a key of ${key.length} characters that is none`, async () => {
      assertProblem(await register(FULL, { "idempotency-key": key }), "invalid_idempotency_key");
    });
  }

  test("takes a key of 255 characters", async () => {
    assert.equal(
      (await register(FULL, { "idempotency-key": `${TEST_API_KEY}`.padEnd(255, "~") })).status,
      201,
    );
  });
});
