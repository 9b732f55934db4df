// Goal: one command tells whether the shop's endpoint takes events. Method: the real command against a real endpoint, which checks the
// signature with the library that a shop would use.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { openReceiver, type Receiver } from "../emulator/open-receiver.ts";
import { runDojang } from "./server-process.ts";

const SECRETS = [3, 4].map((byte) => `whsec_${Buffer.alloc(32, byte).toString("base64")}`);
let shop: Receiver;
before(async () => {
  shop = await openReceiver();
});
after(() => shop[Symbol.asyncDispose]());

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const target = { DOJANG_EVENTS_URL: shop.url, DOJANG_EVENTS_SECRET: SECRETS.join(" ") };
  const command = runDojang(["event", ...args], { ...target, ...env });
  return { code: await command.ended, ...command.output };
}

describe("dojang event test", () => {
  test("sends one signed event and says that it was taken", async () => {
    const { code, stdout, stderr } = await run(["test"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^taken: HTTP 200 after \d+ ms\n$/);
    const [received, ...more] = shop.received.splice(0);
    assert.ok(received !== undefined && more.length === 0);
    for (const secret of SECRETS) {
      const event = new Webhook(secret).verify(received.body, received.headers as Record<string, string>);
      assert.equal((event as { type: string }).type, "dojang.test");
    }
  });

  test("says what was answered instead, and that nobody answers, with exit code 1", async () => {
    shop.answers.push(404);
    const refused = await run(["test"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^not taken: HTTP 404 after \d+ ms\n$/);
    const nobody = await run(["test"], { DOJANG_EVENTS_URL: "http://127.0.0.1:9/" });
    assert.equal(nobody.code, 1);
    assert.match(nobody.stdout, /^not taken: no connection/);
  });

  test("says what to set where no address is set, and how it is called", async () => {
    const unset = await run(["test"], { DOJANG_EVENTS_URL: "" });
    assert.equal(unset.code, 1);
    assert.match(unset.stderr, /^dojang: Set DOJANG_EVENTS_URL and DOJANG_EVENTS_SECRET/);
    for (const args of [[], ["tset"], ["test", "now"]]) {
      assert.match((await run(args)).stderr, /expected dojang event test/);
    }
  });
});
