import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";
import { assertProblem, countOrders } from "./answers.ts";

let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const ROUTES = [
  ["POST", "/v1/orders"],
  ["GET", "/v1/orders"],
  ["GET", "/v1/orders/dj_no_such_order"],
  ["GET", "/v1/customers/user-1"],
  ["GET", "/v1/tasks"],
  ["POST", "/v1/tasks/look:x/retry"],
] as const;

const REFUSED: Readonly<Record<string, string | undefined>> = {
  "no header": undefined,
  "an empty header": "",
  "the key without a scheme": TEST_API_KEY,
  "the scheme without a key": "Bearer",
  "another scheme": `Basic ${Buffer.from(`user:${TEST_API_KEY}`).toString("base64")}`,
  "another scheme with the key": `Token ${TEST_API_KEY}`,
  "another key": `Bearer ${"x".repeat(TEST_API_KEY.length)}`,
  "a part of the key": `Bearer ${TEST_API_KEY.slice(0, -1)}`,
  "more than the key": `Bearer ${TEST_API_KEY}1`,
  "the key in capitals": `Bearer ${TEST_API_KEY.toUpperCase()}`,
  "two spaces": `Bearer  ${TEST_API_KEY}`,
  "a tab": `Bearer\t${TEST_API_KEY}`,
  "a word after the key": `Bearer ${TEST_API_KEY} x`,
  "two keys": `Bearer wrong, Bearer ${TEST_API_KEY}`,
  "a quoted key": `Bearer "${TEST_API_KEY}"`,
  "the key with a space at the end, as form data would send it": `Bearer ${TEST_API_KEY}%20`,
};

describe("/v1", () => {
  for (const [what, authorization] of Object.entries(REFUSED)) {
    test(`refuses ${what} on every route, alike`, async () => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const details = new Set<string>();
      for (const [method, path] of ROUTES) {
        const body = method === "POST" ? { body: { name: "감귤", amount: 1000 } } : {};
        const answer = await dojang.request(method, path, { ...body, isShop: false, headers });
        assertProblem(answer, "unauthorized");
        assert.equal(answer.headers.get("www-authenticate"), "Bearer");
        details.add(answer.body.detail);
      }
      assert.equal(details.size, 1);
      assert.equal(await countOrders(dojang), 0);
    });
  }

  test("refuses the key in the address or in the body", async () => {
    const path = `/v1/orders?access_token=${TEST_API_KEY}`;
    assertProblem(await dojang.request("GET", path, { isShop: false }), "unauthorized");
    const body = { api_key: TEST_API_KEY };
    assertProblem(await dojang.request("POST", "/v1/orders", { body, isShop: false }), "unauthorized");
  });

  test("looks at the key before the body", async () => {
    const answer = await dojang.request("POST", "/v1/orders", { rawBody: "{", isShop: false });
    assertProblem(answer, "unauthorized");
  });

  for (const scheme of ["Bearer", "bearer", "BEARER"]) {
    test(`takes the key under the scheme ${scheme}`, async () => {
      const headers = { authorization: `${scheme} ${TEST_API_KEY}` };
      assert.equal((await dojang.request("GET", "/v1/orders", { isShop: false, headers })).status, 200);
    });
  }

  test("never shows the key, in no answer and in no log line", async () => {
    const headers = { authorization: `Bearer ${TEST_API_KEY}x` };
    const { text } = await dojang.request("GET", "/v1/orders", { isShop: false, headers });
    assert.equal((text + dojang.logLines.join("")).includes(TEST_API_KEY), false);
  });
});
