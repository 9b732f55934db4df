// Goal: any past time can be compared with the gateway by one command, which can be killed and goes on where it was.
// Method: the real command on the file that a real server left; the gateway is the emulator here, an hour behind.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { databaseEnvIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";
import { runDojang, startServer } from "./server-process.ts";

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "dojang-reconcile-"));
let emulator: Emulator;
before(async () => {
  emulator = await startEmulator({ now: () => Date.now() - HOUR_MS });
  emulator.webhooks.auto = false;
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

let databases = 0;
async function freshEnv(): Promise<Record<string, string>> {
  databases += 1;
  return {
    ...(await databaseEnvIn(join(folder, String(databases)))),
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
  };
}

/** A server's file with so many orders, all paid at the gateway once the server was gone. */
async function paidBehindItsBack(count: number) {
  const env = await freshEnv();
  const server = await startServer(env);
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { body } = await server.post("/v1/orders", { name: "감귤", amount: 50_000 });
    ids.push(String(body["merchant_uid"]));
  }
  await server.kill("SIGTERM");
  for (const merchant_uid of ids) emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
  return { env, ids };
}

const window = () => [
  "--from",
  new Date(Date.now() - 2 * HOUR_MS).toISOString(),
  "--to",
  new Date(Date.now() - HOUR_MS / 2).toISOString(),
];

async function run(env: Record<string, string>, args: readonly string[]) {
  const command = runDojang(["reconcile", ...args], env);
  return { code: await command.ended, ...command.output };
}

async function statuses(env: Record<string, string>, ids: readonly string[]) {
  await using server = await startServer(env);
  return await Promise.all(ids.map(async (id) => (await server.read(id)).status));
}

describe("dojang reconcile", () => {
  test("finds what was paid while the server was away, and says so; a dry run only says", async () => {
    const { env, ids } = await paidBehindItsBack(3);
    emulator.pay({ merchant_uid: "another-system", amount: 1, sandbox: true });
    const args = window();
    const dry = await run(env, [...args, "--dry-run"]);
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stdout, /dry run: nothing was changed/);
    assert.match(dry.stdout, /3 {2}paid at the gateway, not so here/);
    const real = await run(env, args);
    assert.equal(real.code, 0, real.stderr);
    assert.match(real.stderr, /100 %\n/);
    for (const id of ids) assert.match(real.stdout, new RegExp(`^${id} imp_\\w+: pending -> paid$`, "m"));
    assert.match(real.stdout, / 3 {2}orders found paid\n/);
    const again = await run(env, args);
    assert.match(again.stdout, / 0 {2}orders found paid\n/);
    assert.deepEqual(await statuses(env, ids), ["paid", "paid", "paid"]);
  });

  test("goes on where it was killed", async () => {
    const { env, ids } = await paidBehindItsBack(2);
    const gate = Promise.withResolvers<void>();
    emulator.override({ path: /^\/payments\/status\/cancelled/, times: 1 }, { holdUntil: gate.promise });
    emulator.requests.clear();
    const lists = () => emulator.requests.lines().filter((line) => line.includes("/payments/status/"));
    const args = window();
    const first = runDojang(["reconcile", ...args], env);
    await until("it asks for the last list", () => lists().some((line) => line.includes("cancelled")));
    assert.equal(await first.kill("SIGKILL"), null);
    gate.resolve();
    emulator.requests.clear();
    const second = await run(env, args);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /with the run before/);
    assert.match(second.stdout, / 2 {2}orders found paid\n/);
    assert.deepEqual(
      lists().map((line) => /status\/(\w+)/.exec(line)?.[1]),
      ["cancelled"],
      "what was done is not done again",
    );
    assert.deepEqual(await statuses(env, ids), ["paid", "paid"]);
  });

  test("stops with one line when the gateway cannot be asked, and goes on later", async () => {
    const { env, ids } = await paidBehindItsBack(1);
    const args = window();
    const end = emulator.override({ path: /^\/payments\/status\/paid/ }, { status: 503, body: "" });
    const failed = await run(env, args);
    end();
    assert.equal(failed.code, 1);
    assert.match(
      failed.stderr,
      /\ndojang: The gateway cannot be asked \(http_503\): the same command goes on where this one stopped\n$/,
    );
    assert.equal((await run(env, args)).code, 0);
    assert.deepEqual(await statuses(env, ids), ["paid"]);
  });

  test("refuses arguments that are none, in one line", async () => {
    const [, from = "", , to = ""] = window();
    for (const [args, line] of [
      [[], /Set --from to a time with its offset/],
      [["--from", from], /Set --to to a time with its offset/],
      [["--from", "2026-08-01", "--to", to], /Set --from/],
      [["--from", to, "--to", from], /Set --to to a time after from/],
      [["--from", from, "--to", new Date().toISOString()], /at least 30 s ago/],
      [["--form", from], /Cannot read the arguments/],
    ] as const) {
      const { code, stderr } = await run(await freshEnv(), args);
      assert.equal(code, 1);
      assert.match(stderr, line);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  });
});
