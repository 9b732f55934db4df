import type { ResolveAction } from "../../src/domain/decision.ts";
import { resolveDiscrepancy } from "../../src/usecases/resolve-discrepancy.ts";
import { ACCOUNT, entries, pendingEntries, refundIdIn } from "./bank.ts";
import type { History } from "./history.ts";

const RETURNABLE: readonly string[] = ["surplus", "paid_after_closing", "amount_mismatch"];

/** An operator takes up one open discrepancy: asks the PG about a doubtful refund, gives back or keeps what fits no order. */
export function operatorLooks(history: History): void {
  const open = history.books.discrepancies().filter(({ resolved_at }) => resolved_at === null);
  if (open.length > 0) resolve(history, history.draw.pick(open));
}

/** As `operatorLooks`, for every doubtful refund there is. */
export function operatorEndsDoubts(history: History): void {
  for (const open of history.books.discrepancies())
    if (open.resolved_at === null && refundIdIn(open.cause) !== undefined) resolve(history, open);
}

type Open = ReturnType<History["books"]["discrepancies"]>[number];

function resolve(history: History, open: Open): void {
  const action = actionFor(history, open);
  if (action === undefined) return;
  const { discrepancy_id: discrepancyId, cause, imp_uid: paymentId } = open;
  const isAccount = paymentId !== null && history.bank.payment(paymentId).pay_method === "vbank";
  const request = {
    discrepancyId,
    action,
    reason: "looked into",
    actor: "default",
    ...(action === "refund" && isAccount ? { refundAccount: ACCOUNT } : {}),
  };
  history.ask(
    `the operator says ${action} to ${cause}`,
    ({ deps }) => resolveDiscrepancy(deps, request),
    (outcome) => history.story.tell(`${cause}: ${outcome.kind}`),
  );
}

function actionFor(history: History, { cause, kind, imp_uid: paymentId }: Open): ResolveAction | undefined {
  const { bank, draw } = history;
  const refundId = refundIdIn(cause);
  if (refundId === undefined || paymentId === null || cause.startsWith("refund_failed:"))
    return RETURNABLE.includes(kind) && draw.chance(0.7) ? "refund" : "dismiss";
  const payment = bank.payment(paymentId);
  const isIts = (entry: { readonly refundId: string | undefined }) => entry.refundId === refundId;
  if (entries(payment).some(isIts)) return "accept";
  // The PG says that it has it and will carry it out: then an operator waits.
  return pendingEntries(payment).some(isIts) ? undefined : "dismiss";
}
