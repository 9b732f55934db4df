import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { request } from "undici";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { until } from "../support/until.ts";
import { getToken, openApi } from "./call-api.ts";

/** The raw bytes of an answer up to the end of the connection, however that ends. */
async function rawAnswer(emulator: Emulator, path: string): Promise<{ text: string; error?: string }> {
  const { response } = await getToken(emulator);
  const socket = connect(Number(new URL(emulator.url).port), "127.0.0.1");
  let text = "";
  let error: string | undefined;
  socket.setEncoding("latin1");
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("error", (cause: NodeJS.ErrnoException) => {
    error = cause.code;
  });
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${response.access_token}\r\nconnection: close\r\n\r\n`,
  );
  await once(socket, "close");
  return error === undefined ? { text } : { text, error };
}

describe("override()", () => {
  test("replaces status, headers and body, so many times", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay();
    emulator.override(
      { path: `/payments/${imp_uid}`, times: 2 },
      { status: 503, headers: { "retry-after": "7" }, body: '{"code":9}' },
    );
    const path = `/payments/${imp_uid}`;
    for (const query of ["", "?include_sandbox=true"]) {
      const answer = await api.get(path + query);
      assert.deepEqual([answer.status, answer.code, answer.headers.get("retry-after")], [503, 9, "7"]);
    }
    assert.equal((await api.get(path)).status, 200);
  });

  test("takes expressions on the whole path and methods, the newest first, until ended", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay();
    const endAll = emulator.override({ path: /^\/payments\// }, { status: 500, body: "{}" });
    const endSandbox = emulator.override(
      { method: "GET", path: /include_sandbox=true$/ },
      { status: 429, body: "{}" },
    );
    const statuses = async () => [
      (await api.get(`/payments/${imp_uid}`)).status,
      (await api.get(`/payments/${imp_uid}?include_sandbox=true`)).status,
    ];
    assert.deepEqual(await statuses(), [500, 429]);
    endAll();
    assert.deepEqual(await statuses(), [200, 429]);
    endSandbox();
    assert.deepEqual(await statuses(), [200, 200]);
  });

  test("cuts the body at every byte and then breaks off", async () => {
    await using emulator = await startEmulator();
    const { imp_uid } = emulator.pay();
    const whole = (await rawAnswer(emulator, `/payments/${imp_uid}`)).text.split("\r\n\r\n")[1] ?? "";
    for (const cutAt of [0, 1, 100, whole.length - 1]) {
      const end = emulator.override({ path: `/payments/${imp_uid}` }, { cutAt });
      const { text } = await rawAnswer(emulator, `/payments/${imp_uid}`);
      const [head = "", body = ""] = text.split("\r\n\r\n");
      assert.ok(head.toLowerCase().includes(`content-length: ${whole.length}`));
      assert.equal(body, whole.slice(0, cutAt));
      end();
    }
  });

  test("resets the connection after the call has taken effect, or before", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const payment = emulator.pay({ amount: 1000 });
    const cancel = () => api.send("POST", "/payments/cancel", { imp_uid: payment.imp_uid, amount: 100 });
    const end = emulator.override({ path: "/payments/cancel" }, { reset: true });
    await assert.rejects(cancel());
    assert.equal(payment.cancel_amount, "100");
    end();
    emulator.override({ path: "/payments/cancel" }, { reset: true, acts: false });
    await assert.rejects(cancel());
    assert.equal(payment.cancel_amount, "100");
  });

  test("a replaced answer takes no effect unless it acts", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const payment = emulator.pay({ amount: 1000 });
    const cancel = () => api.send("POST", "/payments/cancel", { imp_uid: payment.imp_uid, amount: 100 });
    emulator.override({ path: "/payments/cancel", times: 1 }, { status: 500, body: "{}" });
    assert.equal((await cancel()).status, 500);
    assert.equal(payment.cancel_amount, "0");
    emulator.override({ path: "/payments/cancel", times: 1 }, { status: 500, body: "{}", acts: true });
    assert.equal((await cancel()).status, 500);
    assert.equal(payment.cancel_amount, "100");
  });

  test("shows the true payment through a lens, in this answer only", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay();
    emulator.override(
      { path: `/payments/${imp_uid}`, times: 1 },
      { payment: { raw: { imp_uid: '"imp_other"' }, omit: ["sandbox"] } },
    );
    const lied = (await api.get(`/payments/${imp_uid}`)).response;
    assert.deepEqual([lied.imp_uid, "sandbox" in lied], ["imp_other", false]);
    assert.equal((await api.get(`/payments/${imp_uid}`)).response.imp_uid, imp_uid);
  });

  test("holds an answer until a promise, and tells how things were at arrival or at release", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    for (const [snapshot, expected] of [
      ["arrival", "paid"],
      ["release", "cancelled"],
    ] as const) {
      const { imp_uid } = emulator.pay();
      const path = `/payments/${imp_uid}`;
      const { promise, resolve } = Promise.withResolvers<void>();
      emulator.override({ path, times: 1 }, { holdUntil: promise, snapshot });
      const asked = emulator.requests.total;
      const held = api.get(path);
      await until(
        "the call has arrived",
        () => emulator.requests.total > asked && emulator.overrides.isEmpty,
      );
      emulator.silentCancel(imp_uid);
      assert.equal((await api.get(path)).response.status, "cancelled");
      resolve();
      assert.equal((await held).response.status, expected);
    }
  });

  test("drips one byte at a time, whole in the end", async () => {
    await using emulator = await startEmulator();
    emulator.override({ path: "/payments/imp_1" }, { dripMs: 1, body: '{"code":0}' });
    const { response } = await getToken(emulator);
    const answer = await request(`${emulator.url}/payments/imp_1`, {
      headers: { authorization: response.access_token },
    });
    const sizes: number[] = [];
    for await (const chunk of answer.body) sizes.push(chunk.length);
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      10,
    );
    assert.ok(sizes.length > 1, `came in ${sizes.length} pieces`);
  });

  test("sends a small body that unpacks to a large one", async () => {
    await using emulator = await startEmulator();
    emulator.override({ path: "/payments/imp_1" }, { gzipBombBytes: 5_000_000 });
    const packed = await request(`${emulator.url}/payments/imp_1`);
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.ok((await packed.body.arrayBuffer()).byteLength < 50_000);
    const unpacked = await (await fetch(`${emulator.url}/payments/imp_1`)).text();
    assert.equal(JSON.parse(unpacked).response.name.length, 5_000_000);
  });

  test("sends answers without a body, redirects and any bytes", async () => {
    await using emulator = await startEmulator();
    const get = () => request(`${emulator.url}/payments/imp_1`);
    emulator.override({ path: "/payments/imp_1", times: 1 }, { status: 204 });
    assert.equal((await (await get()).body.arrayBuffer()).byteLength, 0);
    emulator.override(
      { path: "/payments/imp_1", times: 1 },
      { status: 302, headers: { location: "http://127.0.0.1:1/" } },
    );
    assert.equal((await get()).headers["location"], "http://127.0.0.1:1/");
    emulator.override(
      { path: "/payments/imp_1", times: 1 },
      { body: Uint8Array.of(0xff, 0xfe), headers: { "content-type": "text/html" } },
    );
    const odd = await get();
    assert.deepEqual(
      [odd.headers["content-type"], [...new Uint8Array(await odd.body.arrayBuffer())]],
      ["text/html", [0xff, 0xfe]],
    );
  });

  test("close() does not wait for held answers", async () => {
    const emulator = await startEmulator();
    emulator.override({ path: "/payments/imp_1" }, { holdUntil: new Promise(() => {}) });
    const hanging = assert.rejects(fetch(`${emulator.url}/payments/imp_1`));
    await until("the call has arrived", () => emulator.requests.total === 1);
    await emulator.close();
    await hanging;
  });
});
