import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { OTHER_MERCHANT } from "../../src/emulator/merchant.ts";
import { getToken, openApi } from "./call-api.ts";
import { START, stoppedClock } from "./manual-clock.ts";

const MINUTE_MS = 60_000;

describe("token", () => {
  test("getToken gives a token of 40 hex digits for 30 minutes", async () => {
    await using emulator = await startEmulator({ now: stoppedClock, seed: 1 });
    const { status, code, message, response } = await getToken(emulator);
    assert.deepEqual([status, code, message], [200, 0, null]);
    assert.match(response.access_token, /^[0-9a-f]{40}$/);
    assert.equal(response.now, START);
    assert.equal(response.expired_at, START + 1800);
  });

  test("getToken gives the same token and end while it lives", async () => {
    await using emulator = await startEmulator({ now: stoppedClock, seed: 1 });
    const first = await getToken(emulator);
    await emulator.advance(29 * MINUTE_MS);
    const second = await getToken(emulator);
    assert.equal(second.response.access_token, first.response.access_token);
    assert.equal(second.response.expired_at, first.response.expired_at);
    assert.equal(second.response.now, START + 29 * 60);
  });

  test("getToken extends the token by 5 minutes in its last minute", async () => {
    await using emulator = await startEmulator({ now: stoppedClock, seed: 1 });
    const first = await getToken(emulator);
    await emulator.advance(29 * MINUTE_MS + 1_000);
    const second = await getToken(emulator);
    assert.equal(second.response.access_token, first.response.access_token);
    assert.equal(second.response.expired_at, first.response.expired_at + 300);
  });

  test("getToken gives another token after the end, and the old one is 401", async () => {
    await using emulator = await startEmulator({ now: stoppedClock, seed: 1 });
    const api = await openApi(emulator);
    const first = await getToken(emulator);
    assert.equal((await api.get("/users/pg")).status, 200);
    await emulator.advance(30 * MINUTE_MS);
    assert.equal((await api.get("/users/pg")).status, 401);
    const second = await getToken(emulator);
    assert.notEqual(second.response.access_token, first.response.access_token);
  });

  test("getToken reads form data too", async () => {
    await using emulator = await startEmulator();
    const body = new URLSearchParams({ imp_key: emulator.impKey, imp_secret: emulator.impSecret });
    const answer = await fetch(`${emulator.url}/users/getToken`, { method: "POST", body });
    assert.equal(answer.status, 200);
  });

  test("getToken refuses wrong and missing keys in the gateway's words", async () => {
    await using emulator = await startEmulator();
    const wrong = await getToken(emulator, { impSecret: "no" });
    assert.deepEqual([wrong.status, wrong.code, wrong.response], [401, -1, null]);
    assert.equal(wrong.message, "인증에 실패하였습니다. API키와 secret을 확인하세요.");
    const missing = await getToken(emulator, { impKey: "" });
    assert.deepEqual([missing.status, missing.code], [400, -1]);
    assert.equal(missing.message, "imp_key, imp_secret 파라메터가 누락되었습니다.");
  });

  test("calls take Bearer and bare tokens, and refuse the rest as Unauthorized", async () => {
    await using emulator = await startEmulator();
    const token = (await getToken(emulator)).response.access_token;
    const ask = (headers: Record<string, string>, query = "") =>
      fetch(`${emulator.url}/users/pg${query}`, { headers });
    assert.equal((await ask({ authorization: `Bearer ${token}` })).status, 200);
    assert.equal((await ask({ authorization: token })).status, 200);
    assert.equal((await ask({ "x-imptokenheader": token })).status, 401);
    assert.equal((await ask({}, `?_token=${token}`)).status, 401);
    const none = await ask({});
    assert.equal(none.status, 401);
    assert.equal(await none.text(), '{"code":-1,"message":"Unauthorized","response":null}');

    Object.assign(emulator.model.switches, { acceptTokenHeader: true, acceptTokenQuery: true });
    assert.equal((await ask({ "x-imptokenheader": token })).status, 200);
    assert.equal((await ask({}, `?_token=${token}`)).status, 200);
  });

  test("the request log keeps no token, key or secret", async () => {
    await using emulator = await startEmulator();
    const token = (await getToken(emulator)).response.access_token;
    await fetch(`${emulator.url}/users/pg?_token=${token}&x=1`, { headers: { authorization: token } });
    const kept = JSON.stringify([...emulator.requests]);
    for (const secret of [token, emulator.impKey, emulator.impSecret]) assert.ok(!kept.includes(secret));
    assert.deepEqual(emulator.requests.lines(), [
      "POST /users/getToken",
      "GET /users/pg?_token=REDACTED&x=1",
    ]);
  });

  test("tokens.failNext() fails so many token calls", async () => {
    await using emulator = await startEmulator();
    emulator.tokens.failNext(500, 2);
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await getToken(emulator)).status);
    assert.deepEqual(statuses, [500, 500, 200]);
  });

  test("tokens.rejectNext() and revokeAll() make good tokens bad", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    emulator.tokens.rejectNext();
    assert.deepEqual([(await api.get("/users/pg")).status, (await api.get("/users/pg")).status], [401, 200]);
    emulator.tokens.revokeAll();
    assert.equal((await api.get("/users/pg")).status, 401);
  });

  test("tokens.skewSeconds shifts now, expired_at and the Date header", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    emulator.tokens.skewSeconds = -3600;
    const { response, headers } = await getToken(emulator);
    assert.equal(response.now, START - 3600);
    assert.equal(response.expired_at, START - 3600 + 1800);
    assert.equal(Date.parse(headers.get("date") ?? "") / 1000, START - 3600);
  });

  test("one merchant's token does not open another's payments", async () => {
    await using emulator = await startEmulator();
    const theirs = emulator.pay({ userCode: OTHER_MERCHANT.userCode });
    const mine = await openApi(emulator);
    const other = await openApi(emulator, OTHER_MERCHANT);
    assert.equal((await mine.get(`/payments/${theirs.imp_uid}`)).status, 404);
    assert.equal((await other.get(`/payments/${theirs.imp_uid}`)).status, 200);
  });

  test("the Tier header chooses the sub-merchant", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ tier: "AAA" });
    assert.equal((await api.get(`/payments/${imp_uid}`)).status, 404);
    assert.equal((await api.get(`/payments/${imp_uid}`, { tier: "BBB" })).status, 404);
    assert.equal((await api.get(`/payments/${imp_uid}`, { tier: "AAA" })).status, 200);
  });
});
