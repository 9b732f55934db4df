import type { NewTask } from "../domain/decision.ts";
import type { GatewayTrouble, ListedStatus } from "../gateway/gateway.ts";
import type { Deps } from "./deps.ts";
import { SWEPT_LISTS, type SweepPosition, type SweepWindow, sweepWindow } from "./sweep-window.ts";

const SECOND_MS = 1000;
const HOUR_MS = 60 * 60 * SECOND_MS;
const DAY_SECONDS = 24 * 60 * 60;

/** Gateways take some seconds to show what happened: a window is read up to now, and counts as swept up to this long ago. */
const SETTLED_SECONDS = 30;
/** What shows later than that is met again by the next windows. */
const OVERLAP_SECONDS = 120;
/** One run ends after this, well within its lease; the next one goes on where it stopped. */
const RUN_MS_MAX = 20 * SECOND_MS;

interface Sweep {
  readonly everyMs: number;
  /** How far back a window reaches. */
  readonly seconds: number;
  readonly lists: readonly ListedStatus[];
  /** After trouble at the gateway. */
  readonly retryMs: number;
}

/** The nets: what just happened; what showed late; and what was taken back of anything that can still be taken back. */
const SWEEPS = {
  recent: { everyMs: 15 * SECOND_MS, seconds: OVERLAP_SECONDS, lists: SWEPT_LISTS, retryMs: 15 * SECOND_MS },
  day: { everyMs: HOUR_MS, seconds: DAY_SECONDS, lists: SWEPT_LISTS, retryMs: 60 * SECOND_MS },
  // A partly cancelled payment may stay in the list of paid ones.
  refunds: {
    everyMs: 24 * HOUR_MS,
    // With the settling time two windows of 90 days, the longest that the gateway answers for.
    seconds: 180 * DAY_SECONDS - SETTLED_SECONDS,
    lists: ["paid", "cancelled"],
    retryMs: 5 * 60 * SECOND_MS,
  },
} as const satisfies Readonly<Record<string, Sweep>>;

export type SweepName = keyof typeof SWEEPS;

export function isSweepName(name: string): name is SweepName {
  return Object.hasOwn(SWEEPS, name);
}

/** The sweeps as tasks, one each for ever. The first runs come one period after the first start. */
export function sweepTasks(now: number): readonly NewTask[] {
  return Object.entries(SWEEPS).map(([sweep, { everyMs }]) => ({
    kind: "sweep",
    key: `sweep:${sweep}`,
    // One that died is alive again with the next start.
    repeat: "again",
    dueAt: now + everyMs,
    payload: { sweep },
  }));
}

export type RunSweepResult =
  | { readonly kind: "swept"; readonly nextDueAt: number }
  | (GatewayTrouble & { readonly retryAt: number });

/** What a run left behind that ended before its window did. */
interface Unfinished {
  readonly window: SweepWindow;
  /** Where the cursor will stand: fixed by the first list of the window, however much later the last one is read. */
  readonly sweptTo: number;
  readonly position: SweepPosition;
}

/**
 * Runs one sweep, or goes on with the one that the last run left unfinished. How far it came is durable, and moves only past
 * what was decided or handed to a task: trouble at the gateway, or the end of the process, loses nothing.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function runSweep(deps: Deps, name: SweepName): Promise<RunSweepResult> {
  const { store, clock, log } = deps;
  const { lists, everyMs, retryMs }: Sweep = SWEEPS[name];
  const unfinishedName = `sweep:${name}:unfinished`;
  const startedAt = clock.now();
  let unfinished = await readUnfinished(deps, unfinishedName);
  const window = unfinished?.window ?? (await nextWindow(deps, name));
  let sweptTo = unfinished?.sweptTo;
  const result = await sweepWindow(deps, {
    window,
    lists,
    ...(unfinished === undefined ? {} : { position: unfinished.position }),
    handOverAt: startedAt + RUN_MS_MAX,
    async onPiece(position) {
      // By now the gateway has told its time: a window that ends in its future was read up to now and no further.
      sweptTo ??= Math.min(window.to, gatewayNow(deps)) - SETTLED_SECONDS;
      const isOver = clock.now() >= startedAt + RUN_MS_MAX;
      if (isOver || position.at > window.from) {
        unfinished = { window, sweptTo, position };
        await store.saveCursor(unfinishedName, JSON.stringify(unfinished));
      }
      return !isOver;
    },
  });
  if (result.kind !== "swept") return { ...result, retryAt: clock.now() + retryMs };
  const { counts, isWhole } = result;
  if (counts.news > 0) {
    const { news, applied, discrepancies } = counts;
    log.info("sweep_found", {
      kind: name,
      count: news,
      reason: `applied ${applied}, discrepancies ${discrepancies}`,
    });
  }
  if (!isWhole) return { kind: "swept", nextDueAt: clock.now() };
  if (sweptTo !== undefined) await store.saveCursor(`sweep:${name}`, String(sweptTo));
  if (unfinished !== undefined) await store.saveCursor(unfinishedName, "");
  return { kind: "swept", nextDueAt: clock.now() + everyMs };
}

async function readUnfinished({ store }: Deps, name: string): Promise<Unfinished | undefined> {
  const value = (await store.readCursor(name)) ?? "";
  return value === "" ? undefined : JSON.parse(value);
}

/** Up to now; from where the last one ended, less the overlap. */
async function nextWindow(deps: Deps, name: SweepName): Promise<SweepWindow> {
  const to = gatewayNow(deps);
  const settledTo = to - SETTLED_SECONDS;
  const cursor = `sweep:${name}`;
  const stored = await deps.store.readCursor(cursor);
  // The first start begins the watch, also when the gateway cannot be asked yet: what is paid meanwhile is swept once it can.
  if (stored === undefined) await deps.store.saveCursor(cursor, String(settledTo));
  const sweptTo = Number(stored ?? settledTo);
  // A server that was away looks at all of the time that it missed. A cursor in the future comes from a clock that was wrong.
  return { from: Math.min(sweptTo, settledTo) - SWEEPS[name].seconds, to };
}

/** The gateway's clock in whole seconds, as its last answer showed it; ours before the first. */
function gatewayNow({ clock, gateway }: Deps): number {
  return Math.floor((clock.now() + (gateway.clockOffsetMs() ?? 0)) / SECOND_MS);
}
