import type { NewTask } from "../domain/decision.ts";
import { verifyTask } from "../domain/look-tasks.ts";
import type { Hint } from "../storage/store.ts";
import type { Deps } from "./deps.ts";

/** Where i'mport says its webhooks come from. A signal in the log, never the gate. Source: V1 webhook docs. Read 2026-08. */
const PUBLISHED_ADDRESSES: ReadonlySet<string> = new Set(["52.78.100.19", "52.78.48.223", "52.78.5.241"]);

/** A payment is looked at at once; while hints for it keep coming, once in this time. */
const PAUSE_MS = 500;
/** Payments, and orders, whose last hint is remembered; past that the oldest are forgotten, and may be looked at once more. */
const REMEMBERED_MAX = 10_000;
/** No order has so many payments: of those that are not stored so many may be looked at at once under its id, */
const NEW_AT_ONCE = 100;
/** and then one in this time. What is invented leaves most workers to what is real, also with a slow gateway. */
const NEW_EVERY_MS = 200;

/**
 * Stores a hint and its verify task in one commit. Only the ids are used, and only to know what to look at. A hint that
 * names an order which is not here costs no gateway call: it is kept, and nothing more. However many hints come for one
 * payment, each is followed by a look that began after it, and the looks stay few. Payments that are not stored here, and may be
 * invented, take turns: all of one order's id, and all that name none.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`: then the hint must be sent again
 */
export function createWebhookReceiver(deps: Deps): (hint: Hint) => Promise<void> {
  const nextLook = createPace();
  const nextTurn = createTurns();
  return async (hint) => {
    const { paymentId, orderId } = hint;
    const isWanted =
      orderId === undefined || deps.orderIds.isOurs(orderId) || (await deps.store.hasOrder(orderId));
    const tasks: NewTask[] = [];
    if (isWanted) {
      const now = deps.clock.now();
      const turn = nextTurn(orderId ?? "", now);
      const isStored = turn > now && (await deps.store.findOrderOfPayment(paymentId)) !== undefined;
      const dueAt = Math.max(nextLook(paymentId, now), isStored ? now : turn);
      tasks.push(verifyTask(paymentId, { dueAt, foundBy: "webhook" }));
    }
    await deps.store.recordHint(hint, tasks);
    deps.log.debug("webhook_stored", {
      imp_uid: paymentId,
      address: hint.sourceAddress,
      is_published_address: PUBLISHED_ADDRESSES.has(hint.sourceAddress),
      reason: isWanted ? "verify" : "unknown_order",
    });
  };
}

/** When a payment is looked at next: never before now, never twice within the pause. */
function createPace(): (paymentId: string, now: number) => number {
  const lastLooks = createMemory<number>();
  return (paymentId, now) => {
    const last = lastLooks.get(paymentId);
    // A look that lies further ahead than the pause was planned before the clock was set back.
    const isRecent = last !== undefined && now < last + PAUSE_MS && last <= now + PAUSE_MS;
    const next = isRecent ? (last > now ? last : last + PAUSE_MS) : now;
    lastLooks.set(paymentId, next);
    return next;
  };
}

/** When a payment that is not stored is looked at: at once as long as few came under this order's id, then each in its turn. */
function createTurns(): (orderId: string, now: number) => number {
  const lanes = createMemory<{ readonly asked: number; readonly free: number }>();
  return (orderId, now) => {
    const lane = lanes.get(orderId);
    // Turns that were given before the clock was set back lie too far ahead.
    const isKnown = lane !== undefined && lane.asked <= now + PAUSE_MS;
    const full = now - NEW_AT_ONCE * NEW_EVERY_MS;
    const free = Math.max(isKnown ? lane.free : full, full) + NEW_EVERY_MS;
    lanes.set(orderId, { asked: now, free });
    return Math.max(now, free);
  };
}

/** The latest values by key; past the bound the oldest are forgotten. */
function createMemory<Value>() {
  const values = new Map<string, Value>();
  return {
    get: (key: string) => values.get(key),
    set(key: string, value: Value) {
      values.delete(key);
      values.set(key, value);
      const [oldest] = values.keys();
      if (values.size > REMEMBERED_MAX && oldest !== undefined) values.delete(oldest);
    },
  };
}
