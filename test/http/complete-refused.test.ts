import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";

let emulator: Emulator;
let dojang: TestDojang;
let merchant_uid: string;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  merchant_uid = (await dojang.order()).body.merchant_uid;
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const IMP_UID = "imp_000000000001";
const complete = (rawBody: string | Uint8Array, headers: Record<string, string> = {}) =>
  dojang.request("POST", "/payments/complete", { rawBody, headers });
const body = (fields: Record<string, unknown>) =>
  JSON.stringify({ imp_uid: IMP_UID, merchant_uid, ...fields });

const BODIES: Readonly<Record<string, () => string | Uint8Array>> = {
  "an empty body": () => "",
  "a list of the ids": () => JSON.stringify([IMP_UID, merchant_uid]),
  "no imp_uid": () => JSON.stringify({ merchant_uid }),
  "no merchant_uid": () => JSON.stringify({ imp_uid: IMP_UID }),
  "an amount beside the ids": () => body({ amount: 100 }),
  "a status beside the ids": () => body({ status: "paid" }),
  "__proto__ beside the ids": () =>
    `{"imp_uid":"${IMP_UID}","merchant_uid":"${merchant_uid}","__proto__":{}}`,
  "an imp_uid that stands twice": () =>
    `{"imp_uid":"${IMP_UID}","imp_uid":"${IMP_UID}","merchant_uid":"${merchant_uid}"}`,
  "an imp_uid that is a list": () => body({ imp_uid: [IMP_UID] }),
  "an imp_uid that is an object": () => body({ imp_uid: { $ne: null } }),
  "an imp_uid that is a number": () => body({ imp_uid: 1 }),
  "an imp_uid that is null": () => body({ imp_uid: null }),
  "an imp_uid of another prefix": () => body({ imp_uid: "pay_000000000001" }),
  "an imp_uid with a path": () => body({ imp_uid: "imp_1/../prepare/x" }),
  "an imp_uid with a query": () => body({ imp_uid: "imp_1?include_sandbox=true" }),
  "an imp_uid with a fragment": () => body({ imp_uid: "imp_1#x" }),
  "an imp_uid with an encoded slash": () => body({ imp_uid: "imp_1%2f" }),
  "an imp_uid with a space at its end": () => body({ imp_uid: `${IMP_UID} ` }),
  "an imp_uid with a line's end": () => body({ imp_uid: `${IMP_UID}\n` }),
  "an imp_uid that is too long": () => body({ imp_uid: `imp_${"1".repeat(28)}` }),
  "a merchant_uid that is a list": () => body({ merchant_uid: [merchant_uid] }),
  "a merchant_uid with a quote": () => body({ merchant_uid: "order-1' OR '1'='1" }),
  "a merchant_uid in other letters": () => body({ merchant_uid: "ｏｒｄｅｒ-００００１" }),
  "bytes that are not UTF-8": () => Uint8Array.of(0x7b, 0xff, 0x7d),
  "a body of one byte more than 8 KB": () => body({}).padEnd(8 * 1024 + 1, " "),
};

describe("POST /payments/complete", () => {
  for (const [what, bodyOf] of Object.entries(BODIES)) {
    test(`answers 400 invalidRequest to ${what}, and asks nobody`, async () => {
      emulator.requests.clear();
      const answer = await complete(bodyOf());
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(Object.keys(answer.body), ["status", "message"]);
      assert.equal(answer.body.status, "invalidRequest");
      assert.ok(answer.body.message.length > 0);
      assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
      assert.deepEqual(emulator.requests.lines(), []);
      assert.deepEqual((await dojang.read(merchant_uid)).body.payments, []);
    });
  }

  const TYPES = ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"];
  for (const type of TYPES) {
    test(`answers 400 invalidRequest to a body of ${type}`, async () => {
      const answer = await complete(body({}), { "content-type": type });
      assert.deepEqual([answer.status, answer.body.status], [400, "invalidRequest"], answer.text);
    });
  }

  test("takes a body of exactly 8 KB", async () => {
    assert.equal((await complete(body({}).padEnd(8 * 1024, " "))).status, 202);
  });

  test("takes ids of both prefixes and of every length that is documented", async () => {
    for (const imp_uid of ["imp_1", "imps_1", `imp_${"A".repeat(27)}`, "imp_a-b_C"]) {
      assert.equal((await complete(body({ imp_uid }))).status, 202, imp_uid);
    }
  });

  test("is there for POST only", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      assert.equal((await dojang.request(method, "/payments/complete")).status, 404, method);
    }
  });

  test("repeats nothing of a refused body", async () => {
    const { text } = await complete(
      body({ imp_uid: "<script>alert(1)</script>", "x-secret": "010-1234-5678" }),
    );
    for (const part of ["script", "010-1234"]) assert.equal(text.includes(part), false, text);
  });
});
