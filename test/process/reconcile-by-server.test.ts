// Goal: the command works while a server owns the database, as on SQLite: the server does it, whatever becomes of either process. Method: the real
// command and the real server; the gateway is the emulator here, an hour behind.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { until } from "../support/until.ts";
import { API_KEY, freePort, type RunningServer, runDojang, startServer } from "./server-process.ts";

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "dojang-reconcile-server-"));
let emulator: Emulator;
let env: Record<string, string>;
let server: RunningServer;
before(async () => {
  emulator = await startEmulator({ now: () => Date.now() - HOUR_MS });
  emulator.webhooks.auto = false;
  // What the orders' own looks would see: nothing, so that the command finds it.
  emulator.override({ path: /findAll/ }, { body: NO_ATTEMPTS });
  env = {
    DATABASE_URL: `sqlite:${join(folder, "dojang.db")}`,
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
    PORT: String(await freePort()),
    DOJANG_API_KEY: API_KEY,
  };
  server = await startServer(env);
});
after(async () => {
  await server.kill("SIGKILL");
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const NO_ATTEMPTS = '{"code":0,"message":null,"response":{"list":[],"next":0,"previous":0,"total":0}}';

/** Orders that were paid while nobody told the server. */
async function paidUnseen(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { body } = await server.post("/v1/orders", { name: "감귤", amount: 50_000 });
    ids.push(String(body["merchant_uid"]));
  }
  for (const merchant_uid of ids) emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
  return ids;
}

const window = () => [
  "--from",
  new Date(Date.now() - 2 * HOUR_MS).toISOString(),
  "--to",
  new Date(Date.now() - HOUR_MS / 2).toISOString(),
];

async function run(args: readonly string[], settings: Record<string, string> = env) {
  const command = runDojang(["reconcile", ...args], settings);
  return { code: await command.ended, ...command.output };
}

const statuses = async (ids: readonly string[]) =>
  await Promise.all(ids.map(async (id) => (await server.read(id)).status));

describe("dojang reconcile beside a running server", () => {
  test("has the server do it, and shows the same lines, bar and sums", async () => {
    const ids = await paidUnseen(2);
    const args = window();
    const dry = await run([...args, "--dry-run"]);
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stdout, /dry run: nothing was changed/);
    assert.match(dry.stdout, / 2 {2}paid at the gateway, not so here/);
    assert.deepEqual(await statuses(ids), ["pending", "pending"]);
    const real = await run(args);
    assert.equal(real.code, 0, real.stderr);
    assert.match(real.stderr, /100 %\n/);
    for (const id of ids) assert.match(real.stdout, new RegExp(`^${id} imp_\\w+: pending -> paid$`, "m"));
    assert.match(real.stdout, / 2 {2}orders found paid\n/);
    assert.deepEqual(await statuses(ids), ["paid", "paid"]);
  });

  test("ends with one line when the gateway cannot be asked, and the server goes on by itself", async () => {
    const ids = await paidUnseen(1);
    const end = emulator.override({ path: /^\/payments\/status\/paid/ }, { status: 503, body: "" });
    const failed = await run(window());
    end();
    assert.equal(failed.code, 1);
    assert.match(
      failed.stderr,
      /\ndojang: The gateway cannot be asked \(http_503\): the server goes on .*\n$/,
    );
    await until("the server has found it", async () => (await statuses(ids))[0] === "paid");
  });

  test("says in one line what to set when it cannot reach the server, or is not let in", async () => {
    for (const [wrong, line] of [
      [{ PORT: String(await freePort()) }, /Set HOST, PORT and DOJANG_PRIVATE_PORT as the server has them/],
      [{ DOJANG_API_KEY: `${API_KEY}x` }, /Set DOJANG_API_KEY as the server has it/],
    ] as const) {
      const { code, stdout, stderr } = await run(window(), { ...env, ...wrong });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, line);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      assert.ok(!stderr.includes(API_KEY));
    }
  });

  test("goes on when the server is killed in the middle and starts again", async () => {
    const ids = await paidUnseen(2);
    const args = window();
    // The server's own sweeps ask for lists too, of other times.
    const since = String(Math.floor(Date.parse(args[1] ?? "") / 1000));
    const asked = () =>
      emulator.requests.lines().flatMap((line) => {
        const list = /payments\/status\/(\w+)/.exec(line)?.[1];
        return list !== undefined && line.includes(since) ? [list] : [];
      });
    const gate = Promise.withResolvers<void>();
    const path = new RegExp(`^/payments/status/cancelled.*${since}`);
    emulator.override({ path, times: 1 }, { holdUntil: gate.promise });
    emulator.requests.clear();
    const command = runDojang(["reconcile", ...args], env);
    await until("it asks for the last list", () => asked().includes("cancelled"));
    await server.kill("SIGKILL");
    gate.resolve();
    emulator.requests.clear();
    server = await startServer(env);
    assert.equal(await command.ended, 0, command.output.stderr);
    assert.match(command.output.stdout, / 2 {2}orders found paid\n/);
    assert.deepEqual(asked(), ["cancelled"], "what was done is not done again");
    assert.deepEqual(await statuses(ids), ["paid", "paid"]);
  });
});
