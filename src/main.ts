import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "./clock.ts";
import type { Config, GatewayConfig } from "./config.ts";
import type { Policy } from "./domain/policy.ts";
import type { ConfirmHook } from "./events/confirm-hook.ts";
import type { EventEndpoint } from "./events/event-endpoint.ts";
import { openConfirmHook } from "./events/open-confirm-hook.ts";
import { openEventEndpoint } from "./events/open-event-endpoint.ts";
import { createChannelTable } from "./gateway/channel-table.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { openIamportGateway } from "./gateway/iamport/open-iamport-gateway.ts";
import { listen } from "./listen.ts";
import type { Log } from "./log.ts";
import type { Notifier } from "./notify/notifier.ts";
import { openNotifier } from "./notify/open-notifier.ts";
import { paymentSdkOf } from "./payment-sdk.ts";
import { openStorageClock, openStore } from "./storage/open-store.ts";
import type { PostgresStoreOptions } from "./storage/postgres/open-postgres-store.ts";
import { createTaskRunner, type TaskRunner } from "./tasks/task-runner.ts";
import type { Deps } from "./usecases/deps.ts";
import { createEndpointHealth } from "./usecases/endpoint-health.ts";
import { openHostProof } from "./usecases/host-proof.ts";
import { openOrderIds } from "./usecases/order-ids.ts";
import { createPasswords, type PasswordCost } from "./usecases/passwords.ts";
import { openRefundIds } from "./usecases/refund-ids.ts";
import { createReturnAllowance } from "./usecases/return-allowance.ts";
import { sweepTasks } from "./usecases/run-sweep.ts";
import { createTextAllowance } from "./usecases/text-allowance.ts";
import { checkpointTask } from "./usecases/write-checkpoints.ts";

export interface Dojang {
  /** Where buyers and i'mport reach it; where a worker's health is asked. */
  readonly url: string;
  /** Where the shop reaches `/v1` and `/docs`: the same, unless a private port is set. */
  readonly privateUrl: string;
  readonly deps: Deps;
  /** Takes nothing new, ends what is under way, closes the database. */
  close(): Promise<void>;
}

/** What one process does. `serve` answers and runs no tasks; `worker` runs tasks and answers its health alone; `all` does both. */
export type Role = "all" | "serve" | "worker";

export interface Assembly {
  readonly gateway: GatewayConfig;
  /** Default: all. */
  readonly role?: Role;
  readonly log: Log;
  /** Origins that count as named in DOJANG_ALLOWED_ORIGINS: the sandbox's example shop. */
  readonly moreOrigins?: () => readonly string[];
  /** Called once when the database can no longer be trusted: the process must end. */
  readonly onFatal: (error: Error) => void;
  /** Whether what runs by the clock alone runs: sweeps and checkpoints. Default true; tests that count every call turn it off. */
  readonly sweeps?: boolean;
  /** When left out, that of the machine, or of the database's server where processes share one. A test or a simulation brings its own. */
  readonly clock?: Clock;
  /** Where events go. The settings' address when left out; the sandbox's example shop. */
  readonly events?: EventEndpoint;
  /** Who is asked before a payment is approved. The settings' address when left out. */
  readonly confirmHook?: ConfirmHook;
  /** Sees every statement that is sent to a PostgreSQL: a test holds them against what the database may be asked. */
  readonly onStatement?: PostgresStoreOptions["onStatement"];
  /** What one password costs; tests that sign in often bring a small one. */
  readonly passwordCost?: PasswordCost;
}

/**
 * Assembles the server from its settings and starts it.
 *
 * @throws {DojangError} any `storage_*` code, or a listen error; nothing runs then, and nothing listens
 */
export async function startDojang(config: Config, assembly: Assembly): Promise<Dojang> {
  const { role = "all", moreOrigins = () => [] } = assembly;
  const { deps, close } = await openDeps(config, assembly);
  deps.store.onFatal(assembly.onFatal);
  const sdk = paymentSdkOf(config, assembly.gateway);
  const undo = (ended: () => Promise<void>) => async (error: unknown) => {
    await ended();
    throw error;
  };
  const listening = await listen(config, { deps, sdk, moreOrigins, isWorker: role === "worker" }).catch(
    undo(close),
  );
  const planned = role === "serve" ? undefined : runTasks(deps, assembly.sweeps ?? true);
  // One that answers and runs no tasks would look well, and nobody would start it again.
  const runner = await planned?.catch(undo(() => listening.close().then(close)));
  return {
    ...listening.urls,
    deps,
    async close() {
      await listening.close();
      await runner?.stop();
      await close();
    },
  };
}

/** Plans what runs by the clock alone, and runs what falls due. However many processes plan it, it is one task each. */
async function runTasks(deps: Deps, hasSweeps: boolean): Promise<TaskRunner> {
  const standing = (now: number) => (hasSweeps ? [...sweepTasks(now), checkpointTask(now)] : []);
  const runner = createTaskRunner(deps, { random: Math.random, standing });
  if ((await deps.endpointHealth.read()).disabledAt !== undefined)
    deps.log.alarm("events_disabled", { reason: "POST /v1/events/enable lets them go out again" });
  await deps.store.addTasks(standing(deps.clock.now()));
  runner.start();
  return runner;
}

/** Opens the database and the gateway's client: all that a command needs beside a server. @throws as `openStore` */
export async function openDeps(
  config: Config,
  outside: Outside,
): Promise<{ readonly deps: Deps; close(): Promise<void> }> {
  const storageClock = outside.clock === undefined ? await openStorageClock(config, systemClock) : undefined;
  const clock = outside.clock ?? storageClock ?? systemClock;
  const { log } = outside;
  const events = outside.events ?? openEvents(config, clock);
  const confirmHook =
    outside.confirmHook ??
    (config.confirmHook === undefined ? undefined : openConfirmHook({ ...config.confirmHook, clock }));
  const { store, dataKey } = await openStore(config, {
    clock,
    log,
    deliversEvents: events !== undefined,
    ...(outside.onStatement && { onStatement: outside.onStatement }),
  }).catch(async (error: unknown) => {
    await storageClock?.[Symbol.asyncDispose]();
    throw error;
  });
  const gateway = openGateway(config, { ...outside, clock });
  const notifier = openNotifier(config.sms, { log, isLive: config.mode === "live", clock, randomBytes });
  const { passwordCost: cost } = outside;
  const passwords = createPasswords({ randomBytes, ...(cost === undefined ? {} : { cost }) });
  const opened = { store, gateway, log, dataKey, clock, events, confirmHook, notifier, passwords };
  const deps = assembleDeps(config, opened);
  return {
    deps,
    async close() {
      await events?.close();
      await confirmHook?.close();
      await gateway.close();
      await notifier[Symbol.asyncDispose]();
      await store.close();
      await storageClock?.[Symbol.asyncDispose]();
    },
  };
}

type Outside = Pick<
  Assembly,
  "gateway" | "log" | "events" | "confirmHook" | "clock" | "onStatement" | "passwordCost"
>;

/** The shop's endpoint for events alone, where one is set. */
export function openEvents({ events }: Config, clock: Clock): EventEndpoint | undefined {
  return events === undefined ? undefined : openEventEndpoint({ ...events, clock });
}

/** The gateway's client alone. Nothing is sent until the first call. */
export function openGateway(
  config: Config,
  { gateway, log, clock }: Pick<Assembly, "gateway" | "log"> & { readonly clock: Clock },
): Gateway {
  const includeSandbox = config.mode === "sandbox";
  return openIamportGateway({ ...gateway, includeSandbox, clock, log: gatewayLog(log) });
}

function assembleDeps(
  config: Config,
  opened: Pick<Deps, "store" | "gateway" | "log" | "clock" | "passwords"> & {
    readonly dataKey: Uint8Array;
    readonly events: EventEndpoint | undefined;
    readonly confirmHook: ConfirmHook | undefined;
    readonly notifier: Notifier;
  },
): Deps {
  const { store, gateway, log, dataKey, clock, events, confirmHook, notifier, passwords } = opened;
  const { returns, merchantUidPrefix: prefix } = config;
  const rules = {
    isSandbox: config.mode === "sandbox",
    promotions: config.promotions,
    ...(returns === undefined ? {} : { returnAfterMs: returns.afterMs }),
  };
  return {
    store,
    gateway,
    clock,
    log,
    ...(events === undefined ? {} : { events }),
    ...(confirmHook === undefined ? {} : { confirmHook }),
    recheck: config.recheck,
    prepare: config.prepare,
    notices: config.notices,
    endpointHealth: createEndpointHealth({ store, clock, log }),
    mayText: createTextAllowance({ store, clock }),
    ...(returns === undefined ? {} : { mayReturn: createReturnAllowance({ store, clock }, returns) }),
    notifier,
    orderIds: openOrderIds({
      secret: dataKey,
      now: () => clock.now(),
      randomBytes,
      ...(prefix === undefined ? {} : { claimedPrefix: prefix }),
    }),
    refundIds: openRefundIds(dataKey),
    passwords,
    hostProof: openHostProof(dataKey),
    randomBytes,
    policyFor: policySource(config, { gateway, log, rules, clock }),
    completeBudgetMs: config.completeBudgetMs,
    payWithinMs: config.payWithinMs,
  };
}

function policySource(
  { mode, allowedChannels }: Config,
  sources: { gateway: Gateway; log: Log; rules: Omit<Policy, "channels">; clock: Clock },
): Deps["policyFor"] {
  const fixed = allowedChannels ?? (mode === "sandbox" ? "any" : undefined);
  if (fixed !== undefined) return async () => ({ ...sources.rules, channels: fixed });
  return createChannelTable(sources).policyFor;
}

/** The gateway client's fields are fixed words and numbers: its log lines pass through. */
function gatewayLog(log: Log) {
  return {
    info: (fields: object, message: string) => log.info(message, fields),
    warn: (fields: object, message: string) => log.warn(message, fields),
    error: (fields: object, message: string) => log.alarm(message, fields),
  };
}
