import type { ResolveAction } from "../../../src/domain/decision.ts";
import { enableEvents } from "../../../src/usecases/enable-events.ts";
import { resolveDiscrepancy } from "../../../src/usecases/resolve-discrepancy.ts";
import { startReconcile } from "../../../src/usecases/start-reconcile.ts";
import { ACCOUNT, entries, pendingEntries, refundIdIn } from "../../support/bank.ts";
import type { DiscrepancyRow } from "../books.ts";
import { DAY_MS } from "../virtual-time.ts";
import type { World } from "../world.ts";

const RETURNABLE: readonly string[] = ["surplus", "paid_after_closing", "amount_mismatch", "orphan"];

/** An operator takes up one open discrepancy: asks the PG about a doubtful refund, gives back, accepts or keeps what fits no order. */
export function operatorLooks(world: World): void {
  const open = world.books.discrepancies().filter(({ resolved_at }) => resolved_at === null);
  if (open.length > 0) resolve(world, world.draw.pick(open));
}

/** As `operatorLooks`, for every doubtful refund there is. */
export function operatorEndsDoubts(world: World): void {
  for (const open of world.books.discrepancies())
    if (open.resolved_at === null && refundIdIn(open.cause) !== undefined) resolve(world, open);
}

/** What would hold an event back for ever: the operator has looked. */
export function operatorEndsHolds(world: World): void {
  for (const open of world.books.discrepancies())
    if (open.resolved_at === null && refundIdIn(open.cause) === undefined)
      resolveAs(world, { open, action: "dismiss" });
  world.ask(
    "the operator lets events go out",
    ({ deps }) => enableEvents(deps),
    () => {},
  );
}

/** A past stretch is compared with the gateway's lists. */
export function reconcile(world: World): void {
  const to = Math.floor((world.time.now() - 60_000) / 1000);
  const window = { from: to - DAY_MS / 1000, to };
  const asked = { window, isDryRun: world.draw.chance(0.2), actor: "default" };
  world.ask(
    "the operator reconciles a day",
    ({ deps }) => startReconcile(deps, asked),
    () => {},
  );
}

function resolve(world: World, open: DiscrepancyRow): void {
  const action = actionFor(world, open);
  if (action !== undefined) resolveAs(world, { open, action });
}

function resolveAs(world: World, { open, action }: { open: DiscrepancyRow; action: ResolveAction }): void {
  const { discrepancy_id: discrepancyId, cause, imp_uid: paymentId } = open;
  const isAccount = paymentId !== null && world.bank.payment(paymentId).pay_method === "vbank";
  const request = {
    discrepancyId,
    action,
    reason: "looked into",
    actor: "default",
    ...(action === "refund" && isAccount ? { refundAccount: ACCOUNT } : {}),
  };
  world.ask(
    `the operator says ${action} to ${cause}`,
    ({ deps }) => resolveDiscrepancy(deps, request),
    (outcome) => {
      world.story.tell(`${cause}: ${outcome.kind}`);
      if (outcome.kind === "resolved") world.invariants.effects.onResolved(discrepancyId);
    },
  );
}

function actionFor(
  world: World,
  { cause, kind, imp_uid: paymentId }: DiscrepancyRow,
): ResolveAction | undefined {
  const { bank, draw } = world;
  const refundId = refundIdIn(cause);
  if (refundId === undefined || paymentId === null || cause.startsWith("refund_failed:")) {
    // Some accept what they should not: only what came too late may be.
    if (draw.chance(kind === "paid_after_closing" ? 0.4 : 0.1)) return "accept";
    return RETURNABLE.includes(kind) && draw.chance(0.6) ? "refund" : "dismiss";
  }
  const payment = bank.payment(paymentId);
  const isIts = (entry: { readonly refundId: string | undefined }) => entry.refundId === refundId;
  if (entries(payment).some(isIts)) return "accept";
  // The PG says that it has it and will carry it out: then an operator waits.
  return pendingEntries(payment).some(isIts) ? undefined : "dismiss";
}
