// Goal: `dojang doctor` says whether events could be delivered, by the rules of a delivery, and sends nothing. Method: real sockets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { reachEndpoint } from "../../src/events/reach-endpoint.ts";
import { openReceiver } from "../emulator/open-receiver.ts";
import { selfSigned } from "../gateway/self-signed.ts";

const DAY_MS = 86_400_000;

describe("reachEndpoint()", () => {
  test("reachEndpoint() reaches an endpoint that listens, and sends it nothing", async () => {
    await using shop = await openReceiver();
    assert.deepEqual(await reachEndpoint({ url: shop.url, allowsLocal: true }), { kind: "reached" });
    assert.deepEqual(shop.received, []);
  });

  test("reachEndpoint() does not reach this machine where deliveries may not", async () => {
    await using shop = await openReceiver();
    const refused = { kind: "not_reached", reason: "address_not_public" };
    assert.deepEqual(await reachEndpoint({ url: shop.url, allowsLocal: false }), refused);
    const named = { url: "https://shop.example.com", allowsLocal: false } as const;
    const found = [{ address: "10.0.0.1", family: 4 }];
    assert.deepEqual(
      await reachEndpoint({ ...named, lookup: (_name, _options, done) => done(null, found) }),
      refused,
    );
    const unknown = Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    assert.deepEqual(
      await reachEndpoint({ ...named, lookup: (_name, _options, done) => done(unknown, []) }),
      { kind: "not_reached", reason: "ENOTFOUND" },
    );
  });

  test("reachEndpoint() does not reach one whose certificate nobody vouches for", async () => {
    const now = Date.now();
    const server = createServer(
      selfSigned({ from: new Date(now - DAY_MS), to: new Date(now + DAY_MS) }),
      () => assert.fail("nothing is sent"),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const result = await reachEndpoint({ url, allowsLocal: true });
    server.close();
    assert.equal(result.kind, "not_reached");
    assert.match(result.kind === "not_reached" ? result.reason : "", /CERT|SIGNED/);
  });
});
