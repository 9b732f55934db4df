import type { NewTask } from "../domain/decision.ts";
import type { Hint } from "../storage/store.ts";
import type { Deps } from "./deps.ts";

/** Where i'mport says its webhooks come from. A signal in the log, never the gate. Source: V1 webhook docs. Read 2026-08. */
const PUBLISHED_ADDRESSES: ReadonlySet<string> = new Set(["52.78.100.19", "52.78.48.223", "52.78.5.241"]);

/**
 * Stores a hint and its verify task in one commit. Only the ids are used, and only to know what to look at. A hint that
 * names an order which is not here costs no gateway call: it is kept, and nothing more.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`: then the hint must be sent again
 */
export async function receiveWebhook(deps: Deps, hint: Hint): Promise<void> {
  const { paymentId, orderId } = hint;
  const isWanted =
    orderId === undefined || deps.orderIds.isOurs(orderId) || (await deps.store.hasOrder(orderId));
  const dueAt = deps.clock.now();
  const verify: NewTask = { kind: "verify", key: `verify:${paymentId}`, repeat: "again", dueAt, paymentId };
  await deps.store.recordHint(hint, isWanted ? [verify] : []);
  deps.log.debug("webhook_stored", {
    imp_uid: paymentId,
    address: hint.sourceAddress,
    is_published_address: PUBLISHED_ADDRESSES.has(hint.sourceAddress),
    reason: isWanted ? "verify" : "unknown_order",
  });
}
