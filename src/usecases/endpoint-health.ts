import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Store } from "../storage/store.ts";
import { type CursorChange, changeCursor } from "./change-cursor.ts";

/** How the shop's endpoint does. Absent: not so. Milliseconds since the epoch. */
export interface EndpointState {
  /** Of the first attempt that was not taken, when none was taken since. */
  readonly failingSince?: number;
  readonly warnedAt?: number;
  readonly disabledAt?: number;
  /** When an operator last let events go out again. */
  readonly enabledAt?: number;
}

/** Remembers, across restarts, whether any attempt to tell the shop was taken of late. */
export interface EndpointHealth {
  read(): Promise<EndpointState>;
  /** Notes one attempt that was made. Raises an alarm after a day of failures, and disables the endpoint after five. */
  note(isTaken: boolean): Promise<void>;
  /** Lets events go out again. */
  enable(): Promise<void>;
}

const CURSOR = "events:endpoint";
const DAY_MS = 24 * 60 * 60 * 1000;
const WARN_AFTER_MS = DAY_MS;
/** Longer than the whole schedule of one event (76 h) and than a long weekend: nobody is looking any more. */
const DISABLE_AFTER_MS = 5 * DAY_MS;

/** Kept as a cursor of the store: several workers and several lives of the process see the same. */
export function createEndpointHealth(outside: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}): EndpointHealth {
  const { store, clock, log } = outside;
  let last: Promise<unknown> = Promise.resolve();
  const read = async () => stateOf(await store.readCursor(CURSOR));
  const change = <Result>(decide: (state: EndpointState) => CursorChange<Result>) =>
    changeCursor({ store, name: CURSOR }, (value) => decide(stateOf(value)));
  /** One after another: those of this process need not run into each other. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  const note = async (isTaken: boolean): Promise<void> => {
    const changed = await change((state) => {
      // The last answers of attempts that were under way.
      if (state.disabledAt !== undefined) return { result: undefined };
      const next = isTaken ? recovered(state) : failed(state, clock.now());
      return next === state ? { result: undefined } : { to: JSON.stringify(next), result: { state, next } };
    });
    if (changed?.next.disabledAt !== undefined)
      log.alarm("events_disabled", { reason: "no event was taken for 5 days" });
    else if (changed?.next.warnedAt !== undefined)
      log.alarm("events_failing", { reason: "no event was taken for a day" });
    else if (changed?.state.warnedAt !== undefined) log.info("events_taken_again");
  };
  return {
    read,
    note: (isTaken) => inTurn(() => note(isTaken)),
    enable: () =>
      inTurn(() => change(() => ({ to: JSON.stringify({ enabledAt: clock.now() }), result: undefined }))),
  };
}

function stateOf(value = "{}"): EndpointState {
  return JSON.parse(value);
}

function recovered(state: EndpointState): EndpointState {
  if (state.failingSince === undefined) return state;
  return state.enabledAt === undefined ? {} : { enabledAt: state.enabledAt };
}

/** The state itself when nothing of it changes: most failures write nothing. */
function failed(state: EndpointState, now: number): EndpointState {
  const { failingSince } = state;
  if (failingSince === undefined) return { ...state, failingSince: now };
  if (now - failingSince >= DISABLE_AFTER_MS) return { ...state, disabledAt: now };
  if (now - failingSince >= WARN_AFTER_MS && state.warnedAt === undefined) return { ...state, warnedAt: now };
  return state;
}
