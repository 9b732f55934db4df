import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { type Answer, startTestDojang, type TestDojang } from "../support/dojang.ts";
import { assertProblem } from "./answers.ts";

const LIMIT = 5;
let emulator: Emulator;
before(async () => {
  emulator = await startEmulator();
});
after(() => emulator.close());

const open = (env: Record<string, string> = {}) =>
  startTestDojang({ emulator, env: { DOJANG_RATE_LIMIT: String(LIMIT), ...env } });
const UNKNOWN = { imp_uid: "imp_000000000001", merchant_uid: "dj_no_such_order" };

async function times(count: number, ask: () => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i += 1) statuses.push((await ask()).status);
  return statuses;
}

/** Seconds until the minute is over. */
function assertRetryAfter(answer: Answer): void {
  const seconds = Number(answer.headers.get("retry-after"));
  assert.ok(seconds > 1 && seconds <= 60, `Retry-After: ${answer.headers.get("retry-after")}`);
}

describe("DOJANG_RATE_LIMIT", () => {
  test("turns a page away in the guide's shape, and says when to come back", async () => {
    await using dojang = await open();
    assert.deepEqual(await times(LIMIT, () => dojang.complete(UNKNOWN)), Array(LIMIT).fill(404));
    const refused = await dojang.complete(UNKNOWN);
    assert.equal(refused.status, 429);
    assert.equal(refused.body.status, "rateLimited");
    assert.equal(typeof refused.body.message, "string");
    assertRetryAfter(refused);
  });

  test("turns a shop and a webhook away as problems", async () => {
    await using dojang = await open();
    const list = () => dojang.request("GET", "/v1/orders");
    const hint = () => dojang.webhook({ imp_uid: "imp_1", merchant_uid: "unknown-order" });
    // i'mport repeats what met a 5xx, and nothing that met a 4xx.
    for (const [ask, code] of [
      [list, "rate_limited"],
      [hint, "overloaded"],
    ] as const) {
      assert.deepEqual(await times(LIMIT, ask), Array(LIMIT).fill(200));
      const refused = await ask();
      assertProblem(refused, code);
      assertRetryAfter(refused);
    }
  });

  test("counts each group of routes apart, and all routes of a group together", async () => {
    await using dojang = await open();
    const redirect = () => dojang.request("GET", "/payments/redirect?merchant_uid=x");
    const checkout = () => dojang.request("GET", "/checkout/dj_no_such_order");
    await times(2, () => dojang.complete(UNKNOWN));
    await times(2, redirect);
    assert.deepEqual(await times(2, checkout), [404, 429]);
    assert.equal((await dojang.complete(UNKNOWN)).status, 429);
    assert.equal((await dojang.webhook({ imp_uid: "imp_1" })).status, 200);
    const read = await times(LIMIT, () => dojang.request("GET", "/v1/orders"));
    assert.deepEqual(read, Array(LIMIT).fill(200));
    assert.equal((await dojang.request("GET", "/v1/customers/nobody")).status, 429);
  });

  test("never turns a health check away", async () => {
    await using dojang = await open();
    const statuses = await times(LIMIT * 3, () => dojang.request("GET", "/readyz"));
    assert.deepEqual(new Set(statuses), new Set([200]));
  });

  test("believes X-Forwarded-For of nobody by default, and of as many proxies as are named", async () => {
    const from = (dojang: TestDojang, addresses: string) =>
      dojang.request("POST", "/payments/complete", {
        body: UNKNOWN,
        headers: { "x-forwarded-for": addresses },
      });
    await using bare = await open();
    let lastOctet = 0;
    const asNew = await times(LIMIT + 1, () => from(bare, `10.0.0.${++lastOctet}`));
    assert.equal(asNew.at(-1), 429);

    await using behind = await open({ DOJANG_TRUSTED_PROXY_HOPS: "1" });
    const honest = await times(LIMIT + 1, () => from(behind, `10.0.1.${++lastOctet}`));
    assert.deepEqual(new Set(honest), new Set([404]));
    // What stands left of the proxy's own entry was written by the caller.
    const forged = await times(LIMIT + 1, () => from(behind, `10.0.2.${++lastOctet}, 10.9.9.9`));
    assert.equal(forged.at(-1), 429);
  });

  test("is off when told so", async () => {
    await using dojang = await open({ DOJANG_RATE_LIMIT: "off" });
    const statuses = await times(50, () => dojang.complete(UNKNOWN));
    assert.deepEqual(new Set(statuses), new Set([404]));
  });
});
