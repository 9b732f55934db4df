// R53: what a real process writes when its disk is full. Goal: neither its output nor its files hold a secret, up to the moment
// at which it gives up. Method: a server that may write files up to a size only takes orders until it cannot, then ends;
// everything that it printed, answered and left on the disk is searched.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { freePort } from "../process/server-process.ts";
import { LIVE_MERCHANT } from "../support/forgery.ts";
import { assertSilent, type Sink } from "../support/sentinels.ts";

const COMMAND = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** In blocks of 512 or 1,024 bytes, as the shell counts: a few hundred orders. */
const FILE_BLOCKS_MAX = 2_000;
const ORDERS_MAX = 4_000;
const AT_A_TIME = 32;

const SENTINELS = {
  imp_key: LIVE_MERCHANT.impKey,
  imp_secret: LIVE_MERCHANT.impSecret,
  api_key: "sentinel-api-key-of-a-process-0001",
  data_key: randomBytes(32).toString("base64"),
  name: "독고센티널",
  email: "sentinel.customer@mail.example",
  tel: "010-7365-7465",
};
const { name, email, tel } = SENTINELS;

test("R53-x a process whose disk is full prints, answers and leaves no secret", async (context) => {
  if (process.platform === "win32") return context.skip("needs ulimit");
  const folder = mkdtempSync(join(tmpdir(), "dojang-full-"));
  await using emulator = await startEmulator();
  emulator.model.addMerchant(LIVE_MERCHANT);
  const port = await freePort();
  const limited = `trap '' XFSZ; ulimit -f ${FILE_BLOCKS_MAX}; exec "$0" "$@"`;
  const child = spawn("sh", ["-c", limited, process.execPath, COMMAND, "start"], {
    env: {
      PATH: process.env["PATH"],
      DOJANG_MODE: "live",
      DOJANG_ALLOW_ONE_PORT: "1",
      DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
      DOJANG_LOG_LEVEL: "debug",
      DOJANG_RATE_LIMIT: "off",
      PORT: String(port),
      DATABASE_URL: `sqlite:${join(folder, "dojang.db")}`,
      IMP_API_URL: emulator.url,
      IMP_KEY: SENTINELS.imp_key,
      IMP_SECRET: SENTINELS.imp_secret,
      DOJANG_API_KEY: SENTINELS.api_key,
      DOJANG_DATA_KEY: SENTINELS.data_key,
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
    const refused = await fillUp(`http://127.0.0.1:${port}`);
    assert.ok(refused.length > 0, "the disk was full");
    const [code] = await ended;
    assert.equal(code, 1, "a server that cannot tell what is stored ends");
    const files = readdirSync(folder).map(
      (file): Sink => ({
        what: `the file ${file}`,
        bytes: readFileSync(join(folder, file)),
      }),
    );
    const answers = refused.map((text): Sink => ({ what: "an answer", bytes: Buffer.from(text) }));
    const output = { what: "the output", bytes: Buffer.concat(printed) };
    assert.ok(output.bytes.includes("commit_outcome_unknown"), "it said why it ended");
    assertSilent([output, ...answers, ...files], { sentinels: SENTINELS, documented: {} });
  } finally {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  }
});

/** Registers orders until the server refuses or is gone. @returns the refusals as text */
async function fillUp(url: string): Promise<string[]> {
  const body = JSON.stringify({ name: "감귤 5kg", amount: 50_000, customer: { name, email, tel } });
  const headers = { "content-type": "application/json", authorization: `Bearer ${SENTINELS.api_key}` };
  const refused: string[] = [];
  for (let count = 0; count < ORDERS_MAX && refused.length === 0; count += AT_A_TIME) {
    const calls = Array.from({ length: AT_A_TIME }, async () => {
      const answer = await fetch(`${url}/v1/orders`, { method: "POST", headers, body }).catch(
        () => undefined,
      );
      const text = (await answer?.text()) ?? "";
      if (answer === undefined || answer.status === 201) return;
      assert.equal(answer.status, 503, text);
      refused.push(text);
    });
    await Promise.all(calls);
  }
  return refused;
}
