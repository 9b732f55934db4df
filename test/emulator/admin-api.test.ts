import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { getToken, openApi } from "./call-api.ts";
import { START_MS, stoppedClock } from "./manual-clock.ts";
import { openReceiver } from "./open-receiver.ts";

interface AdminAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into every kind of answer
  body: any;
}

async function admin(emulator: Emulator, line: string, body: unknown = {}): Promise<AdminAnswer> {
  const [method = "GET", path = ""] = line.split(" ");
  const hasBody = method === "POST" || method === "PATCH";
  const answer = await fetch(`${emulator.url}/admin/api${path}`, {
    method,
    ...(hasBody ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: await answer.json() };
}

describe("/admin/api", () => {
  test("makes, shows, moves and edits payments", async () => {
    await using emulator = await startEmulator();
    const made = await admin(emulator, "POST /payments", {
      status: "ready",
      pay_method: "vbank",
      amount: 5000,
    });
    assert.equal(made.status, 201);
    const { imp_uid } = made.body;
    assert.equal((await admin(emulator, `POST /payments/${imp_uid}/deposit`)).body.status, "paid");
    assert.equal(
      (await admin(emulator, `POST /payments/${imp_uid}/cancel`, { amount: "1000" })).body.cancel_amount,
      "1000",
    );
    assert.equal(
      (await admin(emulator, `POST /payments/${imp_uid}/silent-cancel`, { amount: 500 })).body.cancel_amount,
      "1500",
    );
    await admin(emulator, `PATCH /payments/${imp_uid}`, { name: "다른 이름", raw: { amount: "1e3" } });
    assert.equal((await admin(emulator, `GET /payments/${imp_uid}`)).body.name, "다른 이름");
    assert.equal((await admin(emulator, "GET /payments")).body.length, 1);
    const [row] = (await admin(emulator, "GET /ledger")).body;
    assert.deepEqual([row.captured, row.cancelled], ["5000", "1500"]);
  });

  test("tells 400, 404, 409 and 415 apart and changes nothing", async () => {
    await using emulator = await startEmulator();
    const { imp_uid } = emulator.pay({ status: "ready" });
    assert.equal((await admin(emulator, "POST /payments", { amuont: 1 })).status, 400);
    assert.equal((await admin(emulator, "POST /payments", { amount: "1e3" })).status, 400);
    assert.equal((await admin(emulator, "POST /switches", { webhookOrder: "never" })).status, 400);
    assert.equal((await admin(emulator, "GET /payments/imp_0")).status, 404);
    const stuck = await admin(emulator, `POST /payments/${imp_uid}/deposit`);
    assert.deepEqual(stuck, {
      status: 409,
      body: { message: `Cannot deposit: ${imp_uid} has no virtual account` },
    });
    assert.equal((await admin(emulator, "POST /payments/imp_0/expire")).status, 409);
    const plain = await fetch(`${emulator.url}/admin/api/payments/${imp_uid}/fail`, {
      method: "POST",
      body: "x",
    });
    assert.equal(plain.status, 415);
    assert.equal((await admin(emulator, `GET /payments/${imp_uid}`)).body.status, "ready");
    assert.equal(emulator.ledger().length, 1);
  });

  test("opens and settles a window", async () => {
    await using emulator = await startEmulator();
    const opened = await admin(emulator, "POST /windows", { params: { merchant_uid: "dj_1", amount: 100 } });
    const { imp_uid } = opened.body.payment;
    const settled = await admin(emulator, `POST /windows/${imp_uid}/settle`, { kind: "card" });
    assert.equal(settled.body.payment.status, "paid");
    assert.equal((await admin(emulator, `POST /windows/${imp_uid}/settle`, { kind: "card" })).status, 409);
    assert.equal((await admin(emulator, `POST /windows/${imp_uid}/settle`, { kind: "cash" })).status, 400);
  });

  test("sends webhooks in variants and sets where they go", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator();
    await admin(emulator, "POST /webhooks/settings", { url: receiver.url, format: "form", auto: false });
    const { imp_uid } = emulator.pay({ notify: true });
    const sent = await admin(emulator, `POST /payments/${imp_uid}/webhook`, {
      copies: 2,
      fields: { status: "ready" },
    });
    assert.deepEqual(
      sent.body.map((one: { status: number }) => one.status),
      [200, 200],
    );
    assert.equal(receiver.received.length, 2);
    assert.match(receiver.received[0]?.body ?? "", /&status=ready$/);
    assert.equal((await admin(emulator, "GET /webhooks")).body.length, 2);
    assert.equal((await admin(emulator, "POST /webhooks/settings", { url: "ftp://x" })).status, 400);
  });

  test("adds, lists and ends overrides, and releases holds", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay();
    const match = { method: "GET", path: `/payments/${imp_uid}` };
    const { id } = (await admin(emulator, "POST /overrides", { match, answer: { status: 500, body: "{}" } }))
      .body;
    assert.equal((await api.get(`/payments/${imp_uid}`)).status, 500);
    assert.equal((await admin(emulator, "GET /overrides")).body.length, 1);
    assert.equal((await admin(emulator, `DELETE /overrides/${id}`)).status, 200);
    assert.equal((await admin(emulator, `DELETE /overrides/${id}`)).status, 404);
    await admin(emulator, "POST /overrides", {
      match: { pattern: "^/payments/", times: 1 },
      answer: { hold: "a", snapshot: "release" },
    });
    const held = api.get(`/payments/${imp_uid}`);
    await admin(emulator, `POST /payments/${imp_uid}/fail`, { reason: "한도초과" });
    await admin(emulator, "POST /holds/a/release");
    assert.equal((await held).response.status, "failed");
    assert.equal((await admin(emulator, "POST /overrides", { match: {}, answer: {} })).status, 400);
    assert.equal(
      (await admin(emulator, "POST /overrides", { match: { pattern: "(" }, answer: {} })).status,
      400,
    );
  });

  test("moves time and tokens, reads the request log, switches and resets", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    assert.equal((await admin(emulator, "GET /")).body.userCode, emulator.userCode);
    assert.equal((await admin(emulator, "POST /clock/advance", { ms: 1000 })).body.now, START_MS + 1000);
    await admin(emulator, "POST /tokens", { failNext: { status: 503 }, skewSeconds: 60 });
    assert.equal((await getToken(emulator)).status, 503);
    assert.equal((await getToken(emulator)).response.now, (START_MS + 1000) / 1000 + 60);
    const [request] = (await admin(emulator, "GET /requests")).body;
    assert.deepEqual([request.line, request.status], ["POST /users/getToken", 503]);
    assert.equal(
      (await admin(emulator, "POST /switches", { partialCancelStatus: "paid" })).body.partialCancelStatus,
      "paid",
    );
    emulator.pay();
    await admin(emulator, "POST /reset");
    assert.deepEqual(
      [emulator.ledger().length, emulator.requests.total, emulator.tokens.skewSeconds],
      [0, 0, 0],
    );
    assert.equal(emulator.model.switches.partialCancelStatus, "paid");
  });
});
