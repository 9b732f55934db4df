// R53: what a real process writes when its disk is full. Goal: neither its output nor its files hold a secret, up to the moment
// at which it gives up. Method: a server that may write files up to a size only takes orders until it cannot, then ends;
// everything that it printed, answered and left on the disk is searched.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
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

const ORDER = JSON.stringify({ name: "감귤 5kg", amount: 50_000, customer: { name, email, tel } });
const HEADERS = { "content-type": "application/json", authorization: `Bearer ${SENTINELS.api_key}` };

/**
 * Registers orders until the server refuses or is gone. @returns the refusals as text
 *
 * The commit that finds the disk full may be a task's, at a moment at which no order is under way: then the process ends, and whoever
 * comes next finds nobody. So there is always one order of which the server has read the head and not the body yet: whatever ends the
 * process, that one is under way, and must be answered.
 */
async function fillUp(url: string): Promise<string[]> {
  const refused: string[] = [];
  const note = (answer: Answer | undefined) => {
    if (answer === undefined || answer.status === 201) return;
    assert.equal(answer.status, 503, answer.text);
    refused.push(answer.text);
  };
  let held = await hold(url);
  assert.ok(held, "the server has begun to read an order");
  for (let count = 0; count < ORDERS_MAX && refused.length === 0; count += AT_A_TIME) {
    const next = await hold(url);
    await Promise.all(Array.from({ length: AT_A_TIME }, async () => note(await register(url))));
    note(await held.finish());
    if (next === undefined) break;
    held = next;
  }
  note(await held.finish());
  return refused;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function register(url: string): Promise<Answer | undefined> {
  const sent = fetch(`${url}/v1/orders`, { method: "POST", headers: HEADERS, body: ORDER });
  const answer = await sent.catch(() => undefined);
  return answer && { status: answer.status, text: await answer.text() };
}

/** An order whose head the server has read, since it asked for the body. Undefined: nobody is there. */
async function hold(url: string): Promise<{ finish(): Promise<Answer> } | undefined> {
  const headers = { ...HEADERS, "content-length": Buffer.byteLength(ORDER), expect: "100-continue" };
  const sending = request(`${url}/v1/orders`, { method: "POST", headers, agent: false });
  const answered = once(sending, "response") as Promise<[IncomingMessage]>;
  answered.catch(() => {});
  sending.flushHeaders();
  const isRead = await once(sending, "continue").then(
    () => true,
    () => false,
  );
  if (!isRead) return undefined;
  let answer: Promise<Answer> | undefined;
  return {
    finish() {
      answer ??= (async () => {
        sending.end(ORDER);
        const [response] = await answered;
        return { status: response.statusCode ?? 0, text: await text(response) };
      })();
      return answer;
    },
  };
}
