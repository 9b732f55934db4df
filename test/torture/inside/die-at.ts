import fs from "node:fs";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { BroadcastChannel, isMainThread } from "node:worker_threads";
import Database from "better-sqlite3";
import pg from "pg";
import { Pool } from "undici";
import type { DieAt } from "./plan.ts";
import { whenArmed } from "./when-armed.ts";

type Pass = (point: string) => void;
// biome-ignore lint/suspicious/noExplicitAny: methods of others are wrapped, whatever they take
type AnyFunction = (...args: any[]) => any;

/** Watches for one label. The names of all of them stand in labels.ts; `uptime` is so many milliseconds after the start. */
export function dieAt({ label, passage, isAtOnce = false }: DieAt): void {
  if (label === "uptime") setTimeout(() => process.kill(process.pid, "SIGKILL"), passage);
  let left = passage;
  let isArmed = isAtOnce;
  if (!isArmed)
    whenArmed(() => {
      isArmed = true;
    });
  const pass: Pass = (point) => {
    if (!isArmed || point !== label) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  };
  watchSqlite(pass, label);
  watchSyncs(pass);
  watchAnswers(pass);
  watchCalls(pass);
  watchPostgres(pass);
}

function watchSqlite(pass: Pass, label: string): void {
  const proto = Database.prototype as unknown as Record<string, AnyFunction>;
  const { prepare, exec, pragma } = proto as { prepare: AnyFunction; exec: AnyFunction; pragma: AnyFunction };
  const isCheckpoint = label.startsWith("checkpoint:");
  proto["prepare"] = function (this: unknown, sql: string) {
    const statement = prepare.call(this, sql);
    const { run, get } = statement;
    if (sql === "COMMIT")
      statement.run = (...args: unknown[]) => around(pass, "commit", () => run.apply(statement, args));
    // The log seems longer than it is, so that checkpoints come often.
    if (isCheckpoint && sql === "PRAGMA wal_checkpoint(NOOP)")
      statement.get = () => {
        const { log } = get.call(statement);
        return { log: log * CHECKPOINTS_SOONER };
      };
    return statement;
  };
  proto["exec"] = function (this: unknown, sql: string) {
    return /CREATE TABLE/.test(sql)
      ? around(pass, "migration", () => exec.call(this, sql))
      : exec.call(this, sql);
  };
  proto["pragma"] = function (this: unknown, source: string, ...rest: unknown[]) {
    if (!source.startsWith("wal_checkpoint(PASSIVE)")) return pragma.call(this, source, ...rest);
    const channel = new BroadcastChannel(CHECKPOINT_CHANNEL);
    channel.postMessage("begins");
    channel.close();
    return around(pass, "checkpoint", () => pragma.call(this, source, ...rest));
  };
  if (!isMainThread || !isCheckpoint) return;
  // The checkpoint is one call in a thread of its own: this thread dies a moment after it began.
  const channel = new BroadcastChannel(CHECKPOINT_CHANNEL);
  channel.onmessage = () => setTimeout(() => pass("checkpoint:inside"), Math.random() * CHECKPOINT_MS_MAX);
  (channel as unknown as { unref(): void }).unref();
}

const CHECKPOINT_CHANNEL = "torture-checkpoint";
const CHECKPOINT_MS_MAX = 4;
const CHECKPOINTS_SOONER = 60;

function around<Value>(pass: Pass, name: string, run: () => Value): Value {
  pass(`${name}:before`);
  const value = run();
  pass(`${name}:after`);
  return value;
}

function watchSyncs(pass: Pass): void {
  const sync = fs.fdatasync;
  const watched = (handle: number, done: fs.NoParamCallback) => {
    pass("sync:before");
    sync(handle, (error) => {
      pass("sync:after");
      done(error);
    });
  };
  fs.fdatasync = watched as typeof fs.fdatasync;
  syncBuiltinESMExports();
}

/** Answers to what changes something. */
function watchAnswers(pass: Pass): void {
  const proto = http.ServerResponse.prototype as unknown as { end: AnyFunction; req: http.IncomingMessage };
  const { end } = proto;
  proto.end = function (this: typeof proto, ...args: unknown[]) {
    return this.req.method === "POST"
      ? around(pass, "answer", () => end.apply(this, args))
      : end.apply(this, args);
  };
}

/** Calls to the gateway and to the shop, by what they are. */
function watchCalls(pass: Pass): void {
  const proto = Pool.prototype as unknown as { dispatch: AnyFunction };
  const { dispatch } = proto;
  proto.dispatch = function (this: unknown, options: { method: string; path: string }, handler: object) {
    const call = callOf(options);
    pass(`${call}:sending`);
    const watched = new Proxy(handler, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        const bound = value.bind(target);
        if (name !== "onResponseEnd" && name !== "onComplete") return bound;
        return (...args: unknown[]) => {
          pass(`${call}:answered`);
          return bound(...args);
        };
      },
    });
    return dispatch.call(this, options, watched);
  };
}

function callOf({ method, path }: { readonly method: string; readonly path: string }): string {
  if (path.startsWith("/hook")) return "event";
  if (path === "/payments/cancel") return "refund";
  if (path === "/payments/prepare" || path.startsWith("/payments/prepare/")) return "prepare";
  return method === "GET" && path.startsWith("/payments/") ? "look" : "call";
}

function watchPostgres(pass: Pass): void {
  const proto = pg.Client.prototype as unknown as { query: AnyFunction };
  const { query } = proto;
  proto.query = function (this: unknown, ...args: unknown[]) {
    const [config] = args as [string | { text?: string } | undefined];
    const name = nameOf(typeof config === "string" ? config : (config?.text ?? ""));
    if (name === undefined) return query.apply(this, args);
    pass(`${name}:before`);
    const answer = query.apply(this, args);
    setImmediate(() => pass(`${name}:sent`));
    answer?.then?.(
      () => pass(`${name}:after`),
      () => {},
    );
    return answer;
  };
}

function nameOf(sql: string): string | undefined {
  if (sql === "COMMIT") return "commit";
  return sql.includes("CREATE TABLE") ? "migration" : undefined;
}
