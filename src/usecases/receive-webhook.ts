import { verifyTask } from "../domain/look-tasks.ts";
import type { Hint } from "../storage/store.ts";
import type { Deps } from "./deps.ts";

/** Where i'mport says its webhooks come from. A signal in the log, never the gate. Source: V1 webhook docs. Read 2026-08. */
const PUBLISHED_ADDRESSES: ReadonlySet<string> = new Set(["52.78.100.19", "52.78.48.223", "52.78.5.241"]);

/** A payment is looked at at once; while hints for it keep coming, once in this time. */
const PAUSE_MS = 500;
/** Payments whose last hint is remembered; past that the oldest are forgotten, and may be looked at once more. */
const REMEMBERED_MAX = 10_000;

/**
 * Stores a hint and its verify task in one commit. Only the ids are used, and only to know what to look at. A hint that
 * names an order which is not here costs no gateway call: it is kept, and nothing more. However many hints come for one
 * payment, each is followed by a look that began after it, and the looks stay few.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`: then the hint must be sent again
 */
export function createWebhookReceiver(deps: Deps): (hint: Hint) => Promise<void> {
  const nextLook = createPace();
  return async (hint) => {
    const { paymentId, orderId } = hint;
    const isWanted =
      orderId === undefined || deps.orderIds.isOurs(orderId) || (await deps.store.hasOrder(orderId));
    const verify = () =>
      verifyTask(paymentId, { dueAt: nextLook(paymentId, deps.clock.now()), foundBy: "webhook" });
    await deps.store.recordHint(hint, isWanted ? [verify()] : []);
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
  const lastLooks = new Map<string, number>();
  return (paymentId, now) => {
    const last = lastLooks.get(paymentId);
    // A look that lies further ahead than the pause was planned before the clock was set back.
    const isRecent = last !== undefined && now < last + PAUSE_MS && last <= now + PAUSE_MS;
    const next = isRecent ? (last > now ? last : last + PAUSE_MS) : now;
    lastLooks.delete(paymentId);
    lastLooks.set(paymentId, next);
    const [oldest] = lastLooks.keys();
    if (lastLooks.size > REMEMBERED_MAX && oldest !== undefined) lastLooks.delete(oldest);
    return next;
  };
}
