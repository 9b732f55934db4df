import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import { createAdmission } from "../../src/http/admission.ts";
import { buildApp } from "../../src/http/app.ts";
import { openApiKeys } from "../../src/http/auth.ts";
import type { Store } from "../../src/storage/store.ts";
import { openModelGateway } from "../interleavings/model-gateway.ts";
import { Scheduler } from "../interleavings/scheduler.ts";
import { API_KEY } from "../process/server-process.ts";
import { openFleet } from "../replicas/fleet.ts";
import { startTestDojang, TEST_API_KEY, type TestDojang } from "../support/dojang.ts";
import { Draw } from "../support/draw.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One server, wherever it is. */
export type Server = (question: Question) => Promise<Answer>;

export interface Site extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly servers: readonly Server[];
  /** Whether the gateway's lists are swept: it is a setting of tests that start a server in their own process. */
  readonly hasSweeps: boolean;
  /** No task looks at this order again: its history is over, and many of them would take all the time. */
  forget(orderId: string): Promise<void>;
}

const SERVERS = 3;
const DOJANG_DATA_KEY = Buffer.alloc(32, 5).toString("base64");
const GATEWAY_MS_MAX = 3;

/**
 * Three servers and a worker on one PostgreSQL, in this process: each with a pool of its own, all of its routes, and the gateway's books
 * behind a call of some milliseconds. No sockets in between, for the sake of their number. `spoil` stands before each server's store.
 */
export async function openSite(seed: number, spoil = (store: Store) => store): Promise<Site> {
  const databaseUrl = await makeDatabase();
  const emulator = await startEmulator({ seed });
  const env = { DATABASE_URL: databaseUrl, DOJANG_DATA_KEY, DOJANG_LOG_LEVEL: "error" };
  const start = (role: "serve" | "worker") => startTestDojang({ emulator, role, env });
  const first = await start("serve");
  const more = await Promise.all(Array.from({ length: SERVERS - 1 }, () => start("serve")));
  const worker = await start("worker");
  emulator.webhooks.auto = false;
  const dojangs = [first, ...more];
  const forgetter = openForgetter(databaseUrl);
  const draw = new Draw(seed);
  return {
    emulator,
    servers: await Promise.all(dojangs.map((one) => openServer(one, { emulator, draw, spoil }))),
    hasSweeps: false,
    ...forgetter,
    async [Symbol.asyncDispose]() {
      await forgetter.end();
      for (const one of [worker, ...dojangs]) await one[Symbol.asyncDispose]();
      await emulator.close();
      await dropDatabase(databaseUrl);
    },
  };
}

interface Around {
  readonly emulator: Emulator;
  readonly draw: Draw;
  readonly spoil: (store: Store) => Store;
}

async function openServer({ dojang, url }: TestDojang, { emulator, draw, spoil }: Around): Promise<Server> {
  const store = spoil(dojang.deps.store);
  const deps = { ...dojang.deps, store, gateway: slowGateway(emulator, draw) };
  const app = await buildApp(
    {
      deps,
      apiKeys: openApiKeys({ default: TEST_API_KEY }, (hash) => store.console.findApiKey(hash)),
      publicUrl: () => url,
      allowedOrigins: () => [],
      shopSign: {},
      isSandbox: true,
      trustedProxyHops: 0,
      rateLimit: "off",
      admission: createAdmission("off"),
    },
    ["public", "private"],
  );
  return async ({ method, path, body, headers = {} }) => {
    const authorization = `Bearer ${TEST_API_KEY}`;
    const payload = body === undefined ? {} : { payload: body };
    const answer = await app.inject({
      method,
      url: path,
      headers: { authorization, ...headers },
      ...payload,
    });
    return { status: answer.statusCode, body: answer.body.startsWith("{") ? answer.json() : {} };
  };
}

/** The books are read when a call begins, and its answer is some milliseconds on its way. */
function slowGateway(emulator: Emulator, draw: Draw): Gateway {
  const scheduler = new Scheduler(0);
  scheduler.isFree = true;
  const options = { name: "server", isSlow: false, isReadAPoint: false, onCancel: async () => {} };
  const gateway = openModelGateway({ ...options, scheduler, model: emulator.model, clock: Date })("server");
  const late = async <T>(result: Promise<T>): Promise<T> => {
    await setTimeout(draw.int(0, GATEWAY_MS_MAX));
    return result;
  };
  return {
    ...gateway,
    fetchPayment: (paymentId) => late(gateway.fetchPayment(paymentId)),
    findAttempts: (orderId) => late(gateway.findAttempts(orderId)),
  };
}

/** The same with each server and the worker as a process of its own, the real client, and sockets. */
export async function openFleetSite(seed: number): Promise<Site> {
  const databaseUrl = await makeDatabase();
  const emulator = await startEmulator({ seed });
  emulator.webhooks.auto = false;
  const env = {
    DATABASE_URL: databaseUrl,
    DOJANG_DATA_KEY,
    DOJANG_API_KEY: API_KEY,
    DOJANG_RATE_LIMIT: "off",
    DOJANG_LOAD_LIMIT: "off",
    DOJANG_PREPARE: "off",
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
  };
  const fleet = await openFleet(env, { servers: SERVERS, workers: 1 });
  const forgetter = openForgetter(databaseUrl);
  return {
    emulator,
    servers: fleet.servers.map(({ process }) => overSockets(process.url)),
    hasSweeps: true,
    ...forgetter,
    async [Symbol.asyncDispose]() {
      await forgetter.end();
      await fleet[Symbol.asyncDispose]();
      await emulator.close();
      await dropDatabase(databaseUrl);
    },
  };
}

function openForgetter(connectionString: string) {
  const pool = new pg.Pool({ connectionString, max: 1 });
  pool.on("error", () => {}); // the statement's own rejection tells
  return {
    async forget(orderId: string) {
      await pool.query("DELETE FROM tasks WHERE merchant_uid = $1 AND state = 'due'", [orderId]);
    },
    end: () => pool.end(),
  };
}

function overSockets(url: string): Server {
  return async ({ method, path, body, headers = {} }) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${API_KEY}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : {} };
  };
}
