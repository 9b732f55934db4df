import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { readConfig } from "../../src/config.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { openLog } from "../../src/log.ts";
import { type Assembly, type Dojang, type Role, startDojang } from "../../src/main.ts";
import { databaseIn, removeDatabaseIn } from "./test-engine.ts";

export const TEST_API_KEY = "test-api-key-of-the-shop-0001";

export interface TestDojang extends AsyncDisposable {
  readonly dojang: Dojang;
  readonly url: string;
  /** Every log line so far. */
  readonly logLines: readonly string[];
  /** The fatal errors that would have ended the process. */
  readonly fatal: readonly Error[];
  /** `POST /v1/orders`; 201 or throws. Defaults: 50,000 KRW. */
  order(fields?: Record<string, unknown>): Promise<Answer & { body: { merchant_uid: string } }>;
  complete(ids: { imp_uid: string; merchant_uid: string }): Promise<Answer>;
  webhook(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  read(merchantUid: string): Promise<Answer>;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Ends this server and starts another on the same database. */
  restart(): Promise<TestDojang>;
  close(): Promise<void>;
}

interface RequestOptions {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly rawBody?: string | Uint8Array;
  readonly headers?: Record<string, string>;
  /** With the shop's API key. Default: true for /v1. */
  readonly isShop?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  readonly body: any;
}

export interface TestDojangOptions {
  readonly emulator: Emulator;
  readonly env?: Record<string, string>;
  /** An existing folder with a database; default: a new one, removed at the end. */
  readonly folder?: string;
  /** The server's time; the machine's when left out. */
  readonly clock?: Clock;
  /** Whether the gateway's lists are swept. Default: no, so that every call has a cause in the test. */
  readonly sweeps?: boolean;
  /** Default: all. */
  readonly role?: Role;
  /** Sees what is sent to a PostgreSQL. */
  readonly onStatement?: NonNullable<Assembly["onStatement"]>;
}

/**
 * Starts the real server in this process on a free port and a new database of the engine of this run, with the emulator as its gateway. Webhooks
 * of the emulator reach it. No rate limit unless the test sets one.
 */
export async function startTestDojang(options: TestDojangOptions): Promise<TestDojang> {
  const { emulator, env = {} } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "dojang-test-"));
  const keyPath = env["DOJANG_DATA_KEY"] === undefined ? { DOJANG_DATA_KEY: TEST_DATA_KEY } : {};
  const config = readConfig({
    PORT: "0",
    DOJANG_WORKER_PORT: "0",
    DATABASE_URL: await databaseIn(folder),
    DOJANG_API_KEY: TEST_API_KEY,
    DOJANG_RATE_LIMIT: "off",
    // Who comes at once on a busy machine is not sent away: a test about load says so.
    DOJANG_LOAD_LIMIT: "off",
    // Every gateway call has a cause in the test: a test about preparing says so.
    DOJANG_PREPARE: "off",
    DOJANG_LOG_LEVEL: "debug",
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
    ...keyPath,
    ...env,
  });
  if (config.gateway === undefined) throw new Error("Invariant violated: the emulator is the gateway");
  const logLines: string[] = [];
  const fatal: Error[] = [];
  const log = openLog(config.logLevel, { write: (line: string) => void logLines.push(line) });
  const dojang = await startDojang(config, {
    gateway: config.gateway,
    log,
    onFatal: (error) => fatal.push(error),
    sweeps: options.sweeps ?? false,
    // Signing in is not what most tests are about.
    passwordCost: { cost: 1024, block: 8, parallel: 1 },
    ...(options.role === undefined ? {} : { role: options.role }),
    ...(options.onStatement === undefined ? {} : { onStatement: options.onStatement }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  emulator.webhooks.url = `${dojang.url}/webhooks/iamport`;
  return asTestDojang({ dojang, logLines, fatal, folder, options });
}

const TEST_DATA_KEY = randomBytes(32).toString("base64");

interface Parts {
  readonly dojang: Dojang;
  readonly logLines: string[];
  readonly fatal: Error[];
  readonly folder: string;
  readonly options: TestDojangOptions;
}

function asTestDojang({ dojang, logLines, fatal, folder, options }: Parts): TestDojang {
  const request: TestDojang["request"] = (method, path, { isShop = path.startsWith("/v1"), ...rest } = {}) =>
    send(`${isShop ? dojang.privateUrl : dojang.url}${path}`, { method, isShop, ...rest });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await dojang.close();
  };
  const dispose = async () => {
    await close();
    if (options.folder === undefined) await removeDatabaseIn(folder);
  };
  return {
    dojang,
    url: dojang.url,
    logLines,
    fatal,
    async order(fields = {}) {
      const answer = await request("POST", "/v1/orders", {
        body: { name: "감귤 5kg", amount: 50000, ...fields },
      });
      if (answer.status !== 201) throw new Error(`Cannot register an order: ${answer.status} ${answer.text}`);
      return answer;
    },
    complete: (ids) => request("POST", "/payments/complete", { body: ids }),
    webhook: (body, headers) => request("POST", "/webhooks/iamport", { body, ...(headers && { headers }) }),
    read: (merchantUid) => request("GET", `/v1/orders/${merchantUid}`),
    request,
    async restart() {
      await close();
      return startTestDojang({ ...options, folder });
    },
    close,
    [Symbol.asyncDispose]: dispose,
  };
}

async function send(
  url: string,
  { method, isShop, body, rawBody, headers = {} }: RequestOptions & { method: string; isShop: boolean },
): Promise<Answer> {
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      ...(payload === undefined ? {} : { "content-type": "application/json" }),
      ...(isShop ? { authorization: `Bearer ${TEST_API_KEY}` } : {}),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload as string | Uint8Array<ArrayBuffer> }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
