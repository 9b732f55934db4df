// Goal: an event reaches the address of the settings or nothing: no redirect, no address of this machine or its network, no answer
// without an end. Method: the real sender against real servers on loopback; names resolve to what the test says.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openEventEndpoint } from "../../src/events/open-event-endpoint.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { until } from "../support/until.ts";

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function openServer(listener: RequestListener): Promise<{ port: number; calls: () => number }> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    listener(request, response);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, calls: () => calls };
}

const SECRETS = [Buffer.alloc(32, 1)];
const EVENT = { id: "evt_1", body: '{"type":"order.paid"}' };
const takes: RequestListener = (_, response) => response.end("ok");

function endpoint(url: string, changes: Partial<Parameters<typeof openEventEndpoint>[0]> = {}) {
  return openEventEndpoint({ url, secrets: SECRETS, allowsLocal: true, clock: systemClock, ...changes });
}

describe("openEventEndpoint()", () => {
  test("posts the body as it is, as JSON, and is content with any 2xx", async () => {
    for (const status of [200, 202, 204]) {
      const seen: { method?: string | undefined; path?: string | undefined; type?: string; body: string }[] =
        [];
      const { port } = await openServer(async (request, response) => {
        let body = "";
        for await (const chunk of request) body += chunk;
        seen.push({
          method: request.method,
          path: request.url,
          type: request.headers["content-type"] ?? "",
          body,
        });
        response.writeHead(status).end();
      });
      await using target = endpoint(`http://127.0.0.1:${port}/in/events`);
      assert.deepEqual(await target.send(EVENT), { kind: "taken", status });
      assert.deepEqual(seen, [
        { method: "POST", path: "/in/events", type: "application/json", body: EVENT.body },
      ]);
    }
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`follows no ${status}`, async () => {
      const other = await openServer(takes);
      const { port } = await openServer((_, response) =>
        response.writeHead(status, { location: `http://127.0.0.1:${other.port}/` }).end(),
      );
      await using target = endpoint(`http://127.0.0.1:${port}/`);
      assert.deepEqual(await target.send(EVENT), { kind: "not_taken", reason: `http_${status}`, status });
      assert.equal(other.calls(), 0);
    });
  }

  test("tells of a refused connection and of one that breaks off, and throws for neither", async () => {
    const { port } = await openServer((request) => request.socket.destroy());
    await using broken = endpoint(`http://127.0.0.1:${port}/`);
    assert.deepEqual(await broken.send(EVENT), { kind: "not_taken", reason: "connection_failed" });
    await using nobody = endpoint("http://127.0.0.1:9/");
    assert.deepEqual(await nobody.send(EVENT), { kind: "not_taken", reason: "connection_failed" });
  });

  test("gives up after 15 s, and takes on no more than 16 at a time meanwhile", async () => {
    const clock = new ManualClock();
    const { port, calls } = await openServer(() => {});
    await using target = endpoint(`http://127.0.0.1:${port}/`, { clock });
    const sends = Array.from({ length: 16 }, () => target.send(EVENT));
    await until("all are there", () => calls() === 16);
    assert.deepEqual([target.isBusy(), await target.send(EVENT)], [true, { kind: "busy" }]);
    clock.advance(15_000);
    for (const result of await Promise.all(sends))
      assert.deepEqual(result, { kind: "not_taken", reason: "timeout" });
    assert.deepEqual([target.isBusy(), clock.timerCount], [false, 0]);
  });

  test("does not read an answer without an end", async () => {
    const { port } = await openServer((_, response) => {
      response.on("error", () => {});
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(64 * 1024), more);
      };
      more();
    });
    await using target = endpoint(`http://127.0.0.1:${port}/`);
    assert.deepEqual(await target.send(EVENT), { kind: "taken", status: 200 });
  });
});

describe("openEventEndpoint() in live", () => {
  const NOT_PUBLIC = { kind: "not_taken", reason: "address_not_public" };

  for (const addresses of [
    ["127.0.0.1"],
    ["10.0.0.7"],
    ["169.254.169.254"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["1.1.1.1", "127.0.0.1"],
  ]) {
    test(`refuses a name that leads to ${addresses.join(" and ")}`, async () => {
      const { port, calls } = await openServer(takes);
      const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      await using target = endpoint(`http://shop.example:${port}/`, {
        allowsLocal: false,
        lookup: (_name, _options, done) => done(null, found),
      });
      assert.deepEqual(await target.send(EVENT), NOT_PUBLIC);
      assert.equal(calls(), 0);
    });
  }

  for (const host of ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "10.0.0.1"]) {
    test(`refuses the address ${host}, which needs no lookup`, async () => {
      const { port, calls } = await openServer(takes);
      await using target = endpoint(`http://${host}:${port}/`, { allowsLocal: false });
      assert.deepEqual(await target.send(EVENT), NOT_PUBLIC);
      assert.equal(calls(), 0);
    });
  }

  test("asks for the addresses again for each connection, so that a name cannot change its mind unseen", async () => {
    const { port, calls } = await openServer(takes);
    let lookups = 0;
    await using target = endpoint(`http://shop.example:${port}/`, {
      allowsLocal: false,
      lookup: (_name, _options, done) => {
        lookups += 1;
        done(null, [{ address: "127.0.0.1", family: 4 }]);
      },
    });
    await target.send(EVENT);
    await target.send(EVENT);
    assert.ok(lookups >= 2);
    assert.equal(calls(), 0);
  });
});
