import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  answer,
  GATEWAY_NOW,
  loginBody,
  NOT_FOUND,
  openDouble,
  type Received,
  UNAUTHORIZED,
} from "./gateway-double.ts";
import { ManualClock } from "./manual-clock.ts";
import { openGateway } from "./open-gateway.ts";

const MINUTE = 60_000;
const LOGIN = "POST /users/getToken";

function unauthorized(received: Received): void {
  answer(received, UNAUTHORIZED, { status: 401 });
}

describe("the access token", () => {
  test("fetchPayment() logs in once for twenty callers", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const ids = Array.from({ length: 20 }, (_, n) => `imp_${n}`);
    const results = await Promise.all(ids.map((id) => gateway.fetchPayment(id)));
    assert.ok(results.every(({ kind }) => kind === "found"));
    assert.equal(double.logins(), 1);
    assert.equal(double.calls().length, 20);
  });

  test("fetchPayment() counts the lifetime by the gateway's own now, however wrong its clock", async () => {
    for (const now of [1, GATEWAY_NOW, 99_999_999_999]) {
      const clock = new ManualClock();
      await using double = await openDouble();
      await using gateway = openGateway(double.url, { clock });
      double.answers.login = (received) => answer(received, loginBody("t", 1800, now));
      await gateway.fetchPayment("imp_1");
      clock.advance(29 * MINUTE);
      await gateway.fetchPayment("imp_1");
      assert.equal(double.logins(), 1);
      clock.advance(MINUTE);
      await gateway.fetchPayment("imp_1");
      assert.equal(double.logins(), 2);
    }
  });

  // The gateway extends a token only in its last minute. Source: v1 API, /users/getToken.
  test("fetchPayment() refreshes in the token's last minute while callers use the old one", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    double.answers.login = (received) => answer(received, loginBody("old"));
    await gateway.fetchPayment("imp_1");
    const held: Received[] = [];
    double.answers.login = (received) => void held.push(received);
    clock.advance(29 * MINUTE);
    await gateway.fetchPayment("imp_1");
    assert.equal(double.logins(), 1);
    clock.advance(25_000);
    await Promise.all(["imp_1", "imp_2", "imp_3"].map((id) => gateway.fetchPayment(id)));
    await double.until(() => held.length === 1);
    assert.equal(double.logins(), 2);
    assert.equal(double.calls().at(-1)?.headers.authorization, "Bearer old");
    const [refresh] = held;
    assert.ok(refresh !== undefined);
    const sent = new Promise((resolve) => refresh.response.on("close", resolve));
    answer(refresh, loginBody("new", 335));
    await sent;
    let authorization: string | undefined;
    while (authorization !== "Bearer new") {
      assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
      authorization = double.calls().at(-1)?.headers.authorization;
    }
    assert.equal(double.logins(), 2);
  });

  test("fetchPayment() keeps the old token when an early refresh fails, and tries again after 5 s", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    await gateway.fetchPayment("imp_1");
    double.answers.login = (received) => answer(received, NOT_FOUND, { status: 500 });
    clock.advance(29 * MINUTE + 25_000);
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
    await double.until(() => double.logins() === 2);
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
    assert.equal(double.logins(), 2);
    clock.advance(5_000);
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
    await double.until(() => double.logins() === 3);
  });

  test("fetchPayment() bounds absurd lifetimes to 10 s and 1 h", async () => {
    for (const [lifetime, boundMs] of [
      [0, 10_000],
      [-5_000, 10_000],
      [1_000_000_000, 60 * MINUTE],
    ] as const) {
      const clock = new ManualClock();
      await using double = await openDouble();
      await using gateway = openGateway(double.url, { clock });
      double.answers.login = (received) => answer(received, loginBody("t", lifetime));
      await gateway.fetchPayment("imp_1");
      await gateway.fetchPayment("imp_1");
      assert.equal(double.logins(), 1, String(lifetime));
      clock.advance(boundMs);
      await gateway.fetchPayment("imp_1");
      assert.equal(double.logins(), 2, String(lifetime));
    }
  });

  test("R59-c fetchPayment() logs in again and asks once more after one 401", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const usual = double.answers.call;
    double.answers.call = (received) => {
      double.answers.call = usual;
      unauthorized(received);
    };
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
    const call = "GET /payments/imp_1";
    assert.deepEqual(double.lines(), [LOGIN, call, LOGIN, call]);
    assert.equal(gateway.health().isMisconfigured, false);
  });

  test("fetchPayment() logs in once when twenty calls come back 401 together", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const usual = double.answers.call;
    const refused: Received[] = [];
    double.answers.call = (received) => void refused.push(received);
    const results = Array.from({ length: 20 }, (_, n) => gateway.fetchPayment(`imp_${n}`));
    await double.until(() => refused.length === 20);
    double.answers.call = usual;
    for (const one of refused) unauthorized(one);
    assert.ok((await Promise.all(results)).every(({ kind }) => kind === "found"));
    assert.equal(double.logins(), 2);
    assert.equal(double.calls().length, 40);
  });

  test("fetchPayment() keeps the new token when an old one is refused late", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const usual = double.answers.call;
    const refused: Received[] = [];
    double.answers.call = (received) => void refused.push(received);
    const results = [gateway.fetchPayment("imp_1"), gateway.fetchPayment("imp_2")];
    await double.until(() => refused.length === 2);
    double.answers.call = usual;
    for (const one of refused) {
      unauthorized(one);
      assert.equal((await results[one.line.endsWith("imp_1") ? 0 : 1])?.kind, "found");
    }
    assert.equal(double.logins(), 2);
  });

  test("fetchPayment() counts callers whose fresh token is refused together once", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    const usual = double.answers.call;
    double.answers.call = unauthorized;
    const ids = Array.from({ length: 8 }, (_, n) => `imp_${n}`);
    const results = await Promise.all(ids.map((id) => gateway.fetchPayment(id)));
    assert.ok(results.every(({ kind }) => kind === "misconfigured"));
    double.answers.call = usual;
    clock.advance(1_000);
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
  });

  test("fetchPayment() answers misconfigured when fresh tokens are refused, and asks ever more rarely", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    const usual = double.answers.call;
    double.answers.call = unauthorized;
    const refused = { kind: "misconfigured", reason: "token_refused" };
    assert.deepEqual(await gateway.fetchPayment("imp_1"), refused);
    assert.equal(double.received.length, 4);
    assert.equal(gateway.health().isMisconfigured, true);
    for (const [pauseMs, requests] of [
      [999, 4],
      [1, 8],
      [1_999, 8],
      [1, 12],
    ] as const) {
      clock.advance(pauseMs);
      assert.deepEqual(await gateway.fetchPayment("imp_1"), refused);
      assert.equal(double.received.length, requests);
    }
    clock.advance(4_000);
    double.answers.call = usual;
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
    assert.equal(gateway.health().isMisconfigured, false);
  });

  for (const status of [400, 401]) {
    test(`fetchPayment() answers misconfigured for a login's ${status}, pausing 1 s doubling to 30 s`, async () => {
      const clock = new ManualClock();
      await using double = await openDouble();
      await using gateway = openGateway(double.url, { clock });
      const usual = double.answers.login;
      double.answers.login = (received) => answer(received, UNAUTHORIZED, { status });
      const refused = { kind: "misconfigured", reason: "key_refused" };
      let logins = 1;
      for (const pauseMs of [1, 2, 4, 8, 16, 30, 30].map((seconds) => seconds * 1000)) {
        assert.deepEqual(await gateway.fetchPayment("imp_1"), refused);
        clock.advance(pauseMs - 1);
        assert.deepEqual(await gateway.fetchPayment("imp_1"), refused);
        assert.equal(double.logins(), logins++);
        clock.advance(1);
      }
      assert.deepEqual(gateway.health(), { isBreakerOpen: false, isMisconfigured: true, inFlight: 0 });
      assert.equal(double.calls().length, 0);
      double.answers.login = usual;
      assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
      assert.equal(gateway.health().isMisconfigured, false);
    });
  }

  const BAD_LOGINS: ReadonlyArray<readonly [string, (received: Received) => void]> = [
    ["login_http_500", (r) => answer(r, loginBody(), { status: 500 })],
    ["login_http_302", (r) => answer(r, loginBody(), { status: 302, headers: { location: "/x" } })],
    ["login_refused_by_code", (r) => answer(r, loginBody().replace('"code":0', '"code":1'))],
    ["login_malformed_json", (r) => answer(r, "{")],
    ["login_bad_envelope", (r) => answer(r, '{"code":0,"message":null,"response":null}')],
    ["login_bad_envelope", (r) => answer(r, loginBody("with\\r\\nx-injected: 1"))],
    ["login_bad_envelope", (r) => answer(r, loginBody("t").replace("1785000000", '"1785000000"'))],
    ["login_bad_envelope", (r) => answer(r, loginBody("t").replace("1785000000", "1785000000.5"))],
    ["login_connection_lost", (r) => void r.response.destroy()],
    ["login_too_large", (r) => answer(r, loginBody("t".repeat(20_000)))],
  ];
  for (const [reason, reply] of BAD_LOGINS) {
    test(`R59 fetchPayment() answers ${reason} when the login goes wrong so, and works again after it`, async () => {
      await using double = await openDouble();
      await using gateway = openGateway(double.url);
      const usual = double.answers.login;
      double.answers.login = reply;
      assert.deepEqual(await gateway.fetchPayment("imp_1"), { kind: "unavailable", reason });
      assert.equal(double.calls().length, 0);
      double.answers.login = usual;
      assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
    });
  }

  test("clockOffsetMs() follows the login's now and then the Date header", async () => {
    const clock = new ManualClock(GATEWAY_NOW * 1000 - 90_000);
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    assert.equal(gateway.clockOffsetMs(), undefined);
    const dated = (at: number) => ({ headers: { date: new Date(at).toUTCString() } });
    double.answers.call = (received) =>
      answer(received, NOT_FOUND, { status: 404, ...dated((GATEWAY_NOW + 7) * 1000) });
    await gateway.fetchPayment("imp_1");
    assert.equal(gateway.clockOffsetMs(), 97_500);
    double.answers.call = (received) =>
      answer(received, NOT_FOUND, { status: 500, headers: { date: "soon" } });
    await gateway.fetchPayment("imp_1");
    assert.equal(gateway.clockOffsetMs(), 97_500);
  });
});
