// R53: what a dying process leaves. Goal: a server with the settings of compose.yaml that is aborted leaves no core file and no report, and
// what it leaves and prints holds no secret; while it runs, its command line and its environment hold none either. Method: the real process
// with its secrets in files, under the core limit that compose.yaml sets, ended by SIGABRT; its folder, output and /proc are searched.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { freePort } from "../process/server-process.ts";
import { LIVE_MERCHANT } from "../support/forgery.ts";
import { assertSilent, type Sink, sentinelsIn } from "../support/sentinels.ts";

const COMMAND = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const COMPOSE = readFileSync(new URL("../../compose.yaml", import.meta.url), "utf8");

const SECRETS = {
  IMP_KEY: LIVE_MERCHANT.impKey,
  IMP_SECRET: LIVE_MERCHANT.impSecret,
  DOJANG_API_KEY: "sentinel-api-key-of-a-process-0002",
  DOJANG_DATA_KEY: randomBytes(32).toString("base64"),
};
const CUSTOMER = { name: "독고센티널", email: "sentinel.customer@mail.example", tel: "010-7365-7465" };
const SENTINELS = { ...SECRETS, ...CUSTOMER };

test("R53-y a process that is aborted leaves no core file, and nothing secret in its folder, output or /proc", async (context) => {
  if (process.platform !== "linux") return context.skip("needs /proc and ulimit");
  const limit = /^ {4}ulimits: \{ core: (\d+) \}$/m.exec(COMPOSE)?.[1];
  assert.equal(limit, "0", "compose.yaml sets the limit of core files");
  const folder = mkdtempSync(join(tmpdir(), "dojang-core-"));
  const secrets = mkdtempSync(join(tmpdir(), "dojang-core-secrets-"));
  mkdirSync(join(folder, "data"));
  await using emulator = await startEmulator();
  emulator.model.addMerchant(LIVE_MERCHANT);
  const port = await freePort();
  const files = Object.entries(SECRETS).map(([name, value]) => {
    writeFileSync(join(secrets, name), value);
    return [`${name}_FILE`, join(secrets, name)];
  });
  const limited = `ulimit -c ${limit}; exec "$0" "$@"`;
  const child = spawn("sh", ["-c", limited, process.execPath, COMMAND, "start"], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      DOJANG_MODE: "live",
      DOJANG_ALLOW_ONE_PORT: "1",
      DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
      PORT: String(port),
      DATABASE_URL: `sqlite:${join(folder, "data", "dojang.db")}`,
      IMP_API_URL: emulator.url,
      ...Object.fromEntries(files),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => void printed.push(chunk));
  const ended = once(child, "close");
  try {
    while (!Buffer.concat(printed).includes("listening"))
      await Promise.race([once(child.stdout, "data"), ended]);
    const registered = await fetch(`http://127.0.0.1:${port}/v1/orders`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${SECRETS.DOJANG_API_KEY}`,
      },
      body: JSON.stringify({ name: "감귤 5kg", amount: 50_000, customer: CUSTOMER }),
    });
    assert.equal(registered.status, 201, "its memory holds all of them by now");
    const shown = (name: string): Sink => ({
      what: `/proc/<pid>/${name}`,
      bytes: readFileSync(`/proc/${child.pid}/${name}`),
    });
    const proc = [shown("cmdline"), shown("environ")];
    assert.ok(proc[1]?.bytes.includes("IMP_SECRET_FILE"), "the environment can be read");
    assert.match(readFileSync(`/proc/${child.pid}/limits`, "utf8"), /^Max core file size +0 /m);
    child.kill("SIGABRT");
    const [code, signal] = await ended;
    assert.deepEqual([code, signal], [null, "SIGABRT"]);
    assert.deepEqual(readdirSync(folder), ["data"], "no core file, and no report");
    const left = readdirSync(join(folder, "data")).map(
      (file): Sink => ({ what: `the file ${file}`, bytes: readFileSync(join(folder, "data", file)) }),
    );
    assert.ok(
      left.some(({ what }) => what.endsWith("dojang.db-wal")),
      "the log of the database is there",
    );
    const output = { what: "the output", bytes: Buffer.concat(printed) };
    assertSilent([...proc, output, ...left], { sentinels: SENTINELS, documented: {} });
    assert.deepEqual(sentinelsIn(Buffer.from(SECRETS.IMP_SECRET), SENTINELS), ["IMP_SECRET"]);
  } finally {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
    rmSync(secrets, { recursive: true });
  }
});
