import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import tls from "node:tls";
import {
  answer,
  askedId,
  envelope,
  IMP_KEY,
  IMP_SECRET,
  loginBody,
  NOT_FOUND,
  openDouble,
  paymentText,
  type Received,
  TOKEN,
  UNAUTHORIZED,
} from "./gateway-double.ts";
import { openGateway } from "./open-gateway.ts";
import { selfSigned } from "./self-signed.ts";

const DAY = 24 * 3_600_000;

/** A port on loopback that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("the way to the gateway", () => {
  test("R59-d fetchPayment() answers unavailable when the connection is refused, and logs why", async () => {
    const logged: string[] = [];
    await using gateway = openGateway(`http://127.0.0.1:${await freePort()}`, { logged });
    const refused = { kind: "unavailable", reason: "login_connect_failed" };
    assert.deepEqual(await gateway.fetchPayment("imp_1"), refused);
    assert.ok(logged.some((line) => line.includes("login_connect_failed")));
  });

  const valid = { from: new Date(Date.now() - DAY), to: new Date(Date.now() + DAY) };
  const expired = { from: new Date(Date.now() - 2 * DAY), to: new Date(Date.now() - DAY) };
  for (const [name, validity] of [
    ["R43-c a self-signed", valid],
    ["R43-d an expired", expired],
  ] as const) {
    test(`fetchPayment() refuses ${name} certificate`, async () => {
      await using double = await openDouble({ tls: selfSigned(validity) });
      await using gateway = openGateway(double.url);
      assert.deepEqual(await gateway.fetchPayment("imp_1"), {
        kind: "unavailable",
        reason: "login_tls_refused",
      });
      assert.equal(double.received.length, 0);
    });
  }

  describe("with certificates switched off by the environment", () => {
    const kept = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    before(() => {
      process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    });
    after(() => {
      if (kept === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = kept;
    });

    test("R43-e fetchPayment() verifies certificates all the same", async () => {
      const pair = selfSigned(valid);
      await using double = await openDouble({ tls: pair });
      // The switch does work for whoever does not insist.
      const lax = tls.connect({ port: Number(new URL(double.url).port), host: "127.0.0.1" });
      await new Promise((resolve, reject) => lax.on("secureConnect", resolve).on("error", reject));
      lax.destroy();
      await using gateway = openGateway(double.url);
      assert.deepEqual(await gateway.fetchPayment("imp_1"), {
        kind: "unavailable",
        reason: "login_tls_refused",
      });
      assert.equal(double.received.length, 0);
    });
  });

  test("R43-e fetchPayment() takes no proxy from the environment", async () => {
    await using proxy = await openDouble();
    await using double = await openDouble();
    const names = ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "NODE_USE_ENV_PROXY"];
    const kept = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : proxy.url;
    try {
      await using gateway = openGateway(double.url);
      assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
      assert.equal(proxy.received.length, 0);
    } finally {
      for (const [name, value] of kept) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  test("openIamportGateway() refuses an address that is none, without repeating it", () => {
    for (const url of [
      "",
      "api.iamport.kr",
      "ftp://x",
      "https://u:hunter2@x",
      "https://x/?a=1",
      "https://x/#a",
    ]) {
      assert.throws(
        () => openGateway(url),
        (error: Error) => error instanceof TypeError && !error.message.includes("hunter2"),
      );
    }
  });
});

/** The five lines that may leave, for a gateway without a path of its own. */
const ALLOWED =
  /^(?:POST \/users\/getToken|GET \/payments\/imps?_[A-Za-z0-9_-]+|GET \/payments\/findAll\/[A-Za-z0-9_-]+\?[a-z=&0-9-]*|GET \/users\/pg|DELETE \/vbanks\/imps?_[A-Za-z0-9_-]+)$/;

describe("what leaves and what comes out", () => {
  test("I20 every line that leaves is on the list", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    await gateway.fetchPayment("imp_088022300265");
    await gateway.fetchPayment("imps_426515090382");
    await gateway.findAttempts("order-0001_A");
    await gateway.listChannels();
    await gateway.closeAccount("imp_088022300265");
    assert.deepEqual(double.lines(), [
      "POST /users/getToken",
      "GET /payments/imp_088022300265",
      "GET /payments/imps_426515090382",
      "GET /payments/findAll/order-0001_A?page=1&limit=1000&sorting=-started",
      "GET /users/pg",
      "DELETE /vbanks/imp_088022300265",
    ]);
    for (const line of double.lines()) assert.match(line, ALLOWED);
  });

  test("R35 R36 an id of another shape never leaves", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const ids = [
      "../users/pg",
      "%2e%2e/users/pg",
      "..\\users\\pg",
      "//host",
      "@host",
      "imp_1\r\nx: y",
      "imp_1\n",
    ];
    ids.push("prepare/ORDER-B", "find/ID", "findAll/ID/paid", "status/paid", "imp_1/balance", "imp_1#x");
    ids.push(
      "imp_1?include_sandbox=true",
      "",
      "imp_",
      `imp_${"1".repeat(28)}`,
      "IMP_1",
      "imp_１",
      "imp_%31",
      " imp_1",
    );
    for (const id of ids) {
      await assert.rejects(gateway.fetchPayment(id), { name: "AssertionError" }, id);
      await assert.rejects(gateway.closeAccount(id), { name: "AssertionError" }, id);
    }
    for (const id of ["", "a/b", "..", "주문", "a?b", "a b", "x".repeat(41)]) {
      await assert.rejects(gateway.findAttempts(id), { name: "AssertionError" }, id);
    }
    assert.equal(double.received.length, 0);
    assert.deepEqual(gateway.health(), { isBreakerOpen: false, isMisconfigured: false, inFlight: 0 });
  });

  // Goal: nothing that goes wrong takes the key, the secret, the token or a buyer's data with it. Method: answers that
  // repeat all of them, in every call, and a search of every result, error and log line.
  test("R53 no result, error or log line holds a credential or a byte of a bad answer", async () => {
    const sentinels = [IMP_KEY, IMP_SECRET, TOKEN, "01098765432", "buyer@example.com", "1101234567890"];
    const echo = `{"message":"${sentinels.join(" ")}","code":-1,"response":null}`;
    const replies: ReadonlyArray<(received: Received) => void> = [
      (r) => answer(r, echo, { status: 404 }),
      (r) => answer(r, echo, { status: 401 }),
      (r) => answer(r, echo, { status: 500 }),
      (r) => answer(r, echo),
      (r) => answer(r, sentinels.join(" ")),
      (r) => answer(r, echo, { headers: { "content-type": sentinels[2] ?? "" } }),
      (r) => answer(r, echo, { status: 302, headers: { location: `https://${IMP_SECRET}.example.com/` } }),
      (r) => void r.response.socket?.end(`HTTP/1.1 200 ${TOKEN}\r\n${IMP_SECRET}\r\n\r\n`),
      (r) => void r.response.destroy(),
    ];
    const seen: string[] = [];
    for (const part of ["login", "call"] as const) {
      for (const reply of replies) {
        const logged: string[] = [];
        await using double = await openDouble();
        await using gateway = openGateway(double.url, { logged });
        double.answers[part] = reply;
        const results = await Promise.all([
          gateway.fetchPayment("imp_1"),
          gateway.findAttempts("order-0001"),
          gateway.listChannels(),
          gateway.closeAccount("imp_1"),
        ]);
        seen.push(...logged, JSON.stringify(results), JSON.stringify(gateway));
        assert.ok(logged.length > 0);
      }
    }
    for (const sentinel of sentinels) {
      assert.ok(!seen.some((text) => text.includes(sentinel)), `${sentinel} leaked`);
    }
  });
});

describe("findAttempts()", () => {
  const page = (rows: readonly string[]) =>
    envelope(`{"total":9,"previous":0,"next":0,"list":[${rows.join(",")}]}`);

  test("findAttempts() gives the ids of this order only, in the gateway's order, once each", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const rows = [
      { imp_uid: '"imp_3"' },
      { imp_uid: '"imps_2"', status: '"failed"' },
      { imp_uid: '"imp_9"', merchant_uid: '"order-0002"' },
      { imp_uid: '"imp_8"', merchant_uid: '"ORDER-0001"' },
      { imp_uid: '"../users/pg"' },
      { imp_uid: "7" },
      { imp_uid: '"imp_3"' },
      { imp_uid: '"imp_1"' },
    ].map(paymentText);
    double.answers.call = (received) => answer(received, page(rows));
    const found = { status: "paid", hasAccount: false, cancelledText: "0" };
    assert.deepEqual(await gateway.findAttempts("order-0001"), {
      kind: "found",
      attempts: [
        { ...found, paymentId: "imp_3" },
        { ...found, paymentId: "imps_2", status: "failed" },
        { ...found, paymentId: "imp_1" },
      ],
    });
  });

  test("findAttempts() gives none for the gateway's 404 and trouble for all else", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    double.answers.call = (received) => answer(received, NOT_FOUND, { status: 404 });
    assert.deepEqual(await gateway.findAttempts("order-0001"), { kind: "found", attempts: [] });
    for (const [reason, reply] of [
      ["http_404", (r: Received) => answer(r, "<html>", { status: 404 })],
      ["http_503", (r: Received) => answer(r, NOT_FOUND, { status: 503 })],
      ["bad_envelope", (r: Received) => answer(r, envelope("[]"))],
      ["bad_envelope", (r: Received) => answer(r, page(["1"]))],
      ["refused_by_code", (r: Received) => answer(r, envelope("null", "1"))],
      ["too_large", (r: Received) => answer(r, page([paymentText({ name: `"${"x".repeat(5 << 20)}"` })]))],
    ] as const) {
      double.answers.call = reply;
      assert.deepEqual(await gateway.findAttempts("order-0001"), { kind: "unavailable", reason });
    }
  });

  test("findAttempts() reads a thousand attempts", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const rows = Array.from({ length: 1000 }, (_, n) => paymentText({ imp_uid: `"imp_${n}"` }));
    double.answers.call = (received) => answer(received, page(rows));
    const result = await gateway.findAttempts("order-0001");
    assert.ok(result.kind === "found");
    assert.equal(result.attempts.length, 1000);
  });
});

describe("listChannels()", () => {
  const row = (fields: object) =>
    JSON.stringify({ pg_provider: "kcp", pg_id: "T0000", sandbox: true, type: "payment", ...fields });

  test("listChannels() gives the payment channels", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const rows = [
      row({}),
      row({ type: "certification", sandbox: null }),
      row({ pg_id: "M1", sandbox: false }),
    ];
    double.answers.call = (received) => answer(received, envelope(`[${rows.join(",")}]`));
    assert.deepEqual(await gateway.listChannels(), {
      kind: "found",
      channels: [
        { pgProvider: "kcp", pgMerchantId: "T0000", sandbox: true },
        { pgProvider: "kcp", pgMerchantId: "M1", sandbox: false },
      ],
    });
  });

  test("listChannels() gives no half list: one unreadable row spoils it", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    for (const bad of ["null", row({ sandbox: "false" }), row({ pg_id: "" }), row({ sandbox: null })]) {
      double.answers.call = (received) => answer(received, envelope(`[${row({})},${bad}]`));
      assert.deepEqual(await gateway.listChannels(), { kind: "unavailable", reason: "bad_envelope" });
    }
  });
});

describe("closeAccount()", () => {
  test("closeAccount() tells closed, refused and unknown apart", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    const failed = (received: Received) =>
      envelope(paymentText({ imp_uid: `"${askedId(received)}"`, status: '"failed"' }));
    for (const [expected, reply] of [
      [{ kind: "closed" }, (r: Received) => answer(r, failed(r))],
      [{ kind: "refused", reason: "refused_by_code" }, (r: Received) => answer(r, envelope("null", "-1"))],
      [{ kind: "refused", reason: "http_400" }, (r: Received) => answer(r, NOT_FOUND, { status: 400 })],
      [{ kind: "refused", reason: "http_404" }, (r: Received) => answer(r, NOT_FOUND, { status: 404 })],
      [{ kind: "unavailable", reason: "http_404" }, (r: Received) => answer(r, "<html>", { status: 404 })],
      [
        { kind: "outcome_unknown", reason: "http_500" },
        (r: Received) => answer(r, NOT_FOUND, { status: 500 }),
      ],
      [{ kind: "outcome_unknown", reason: "malformed_json" }, (r: Received) => answer(r, "{")],
      [{ kind: "outcome_unknown", reason: "connection_lost" }, (r: Received) => void r.response.destroy()],
      [
        { kind: "misconfigured", reason: "token_refused" },
        (r: Received) => answer(r, UNAUTHORIZED, { status: 401 }),
      ],
    ] as const) {
      double.answers.call = reply;
      assert.deepEqual(await gateway.closeAccount("imp_1"), expected);
    }
  });

  test("closeAccount() knows that nothing was sent when the login failed", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url);
    double.answers.login = ({ response }) => void response.destroy();
    const result = await gateway.closeAccount("imp_1");
    assert.deepEqual(result, { kind: "unavailable", reason: "login_connection_lost" });
    double.answers.login = (received) => answer(received, loginBody());
    assert.equal(double.calls().length, 0);
  });
});
