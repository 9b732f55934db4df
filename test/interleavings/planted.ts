import { registerHooks } from "node:module";
import { type Case, caseOf } from "./cases.ts";

/** One bug that interleavings bring out and sequences of the same steps do not, as an edit of the product's source. */
export interface Planted {
  readonly name: string;
  readonly what: string;
  /** Below src. */
  readonly file: string;
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** The case that has to find it. */
  readonly in: Case;
}

export const PLANTED: readonly Planted[] = [
  {
    name: "check_outside_the_lock",
    what: "a completion is decided on an order that was read before the transaction",
    file: "usecases/verify-payment.ts",
    edits: [
      [
        "  const { outcome, alarms } = await deps.store.transact(target, (aggregate) => {",
        `  const stale = (await deps.store.readOrder(orderId))?.order;
  const { outcome, alarms } = await deps.store.transact(target, (locked) => {
    const aggregate = stale === undefined ? locked : { ...locked, order: stale };`,
      ],
    ],
    in: caseOf(["complete", "completeB"]),
  },
  {
    name: "two_transactions",
    what: "the order is written in one transaction, its payment and events in the next",
    file: "usecases/verify-payment.ts",
    edits: [
      ["  const { outcome, alarms } = await", "  let kept = {};\n  const { outcome, alarms } = await"],
      [
        "    return { ...decision, outcome: { outcome: decision.outcome, alarms: alarmsOf(decision) } };\n  });",
        `    const { order, outcome: _, events, ...rest } = decision;
    kept = { events };
    return { ...rest, ...(order && { order }), outcome: { outcome: decision.outcome, alarms: alarmsOf(decision) } };
  });
  await deps.store.transact(target, () => ({ ...kept, outcome: undefined }));`,
      ],
    ],
    in: caseOf(["complete", "completeAgain"]),
  },
  {
    name: "cancel_on_a_stale_read",
    what: "a cancel is decided on the order as it was just before the transaction",
    file: "usecases/cancel-order.ts",
    edits: [
      [
        "  const outcome = await deps.store.transact({ orderId }, (aggregate) =>\n    decideCancel({ aggregate,",
        `  const stale = (await deps.store.readOrder(orderId))?.order;
  const outcome = await deps.store.transact({ orderId }, (aggregate) =>
    decideCancel({ aggregate: stale === undefined ? aggregate : { ...aggregate, order: stale },`,
      ],
    ],
    in: caseOf(["complete", "cancel", "approval"], { begins: "unpaid" }),
  },
  {
    name: "expiry_on_a_stale_read",
    what: "an expiry is decided on the order as it was just before the transaction",
    file: "usecases/look-at-order.ts",
    edits: [
      [
        "  const expiry = await deps.store.transact({ orderId }, (aggregate) =>",
        `  const stale = (await deps.store.readOrder(orderId))?.order;
  const expiry = await deps.store.transact({ orderId }, (locked) => {
    const aggregate = stale === undefined ? locked : { ...locked, order: stale };
    return (`,
      ],
      [
        "      ...(hasUnreadable ? {} : { lookedAt: startedAt }),\n    }),\n  );",
        "      ...(hasUnreadable ? {} : { lookedAt: startedAt }),\n    }));\n  });",
      ],
    ],
    in: caseOf(["cancel", "expiry", "approval"], { begins: "unpaid" }),
  },
  {
    name: "confirm_outside_the_lock",
    what: "an approval is let through on the order as it was read before the shop was asked",
    file: "usecases/confirm-payment.ts",
    edits: [["decideConfirm(aggregate, request)", "decideConfirm({ ...aggregate, order }, request)"]],
    in: caseOf(["confirm", "confirmB"], { begins: "unpaid" }),
  },
  {
    name: "answer_before_commit",
    what: "a buyer hears success while the transaction is still on its way",
    file: "usecases/complete-payment.ts",
    edits: [
      [
        'const outcome = await decidePayment(deps, { ...looked, foundBy: "browser" });',
        `const deciding = decidePayment(deps, { ...looked, foundBy: "browser" });
  const view = await deps.store.readOrder(claim.orderId);
  const isSure = looked.seen.status === "paid" && view?.order.status === "pending";
  const outcome: CompleteOutcome = isSure ? { kind: "success" } : await deciding;`,
      ],
    ],
    in: caseOf(["complete", "completeAgain"]),
  },
  {
    name: "sent_twice",
    what: "a refund that was sent and not answered is sent at once again",
    file: "domain/decide-refund-step.ts",
    edits: [
      ["  if (sentAt === undefined) return true;", "  if (sentAt === undefined || sends < 9) return true;"],
    ],
    in: caseOf(["refund", "refundAgain"], { begins: "applied", isSlow: true }),
  },
  {
    name: "shared_too_late",
    what: "a look shares a call that was sent before it was asked for",
    file: "gateway/iamport/shared-fetches.ts",
    edits: [
      [
        "    if (!slot.isSent) return slot.result;",
        "    if (slot.waiting === undefined) return slot.result;",
      ],
    ],
    in: caseOf(["webhook", "complete", "approval"], { begins: "unpaid", isSlow: true, isOneProcess: true }),
  },
  {
    name: "hint_forgotten",
    what: "a task that ends takes with it what was wanted while it ran",
    file: "storage/sqlite/task-sql.ts",
    edits: [
      [
        "    state = CASE WHEN wanted > @wanted OR @nextDueAt IS NOT NULL THEN 'due' ELSE 'done' END,\n    due_at = CASE\n      WHEN wanted > @wanted THEN",
        "    state = CASE WHEN @nextDueAt IS NOT NULL THEN 'due' ELSE 'done' END,\n    due_at = CASE\n      WHEN wanted > @wanted AND @nextDueAt IS NOT NULL THEN",
      ],
      [
        "    wake_at = CASE\n      WHEN wanted > @wanted THEN min(coalesce(asked_at, @now), coalesce(@nextDueAt, asked_at, @now))",
        "    wake_at = CASE\n      WHEN wanted > @wanted AND @nextDueAt IS NOT NULL THEN min(coalesce(asked_at, @now), coalesce(@nextDueAt, asked_at, @now))",
      ],
    ],
    in: caseOf(["webhook", "webhookAgain", "approval"], { begins: "unpaid" }),
  },
  {
    name: "older_look_wins",
    what: "a look that says less than the stored one is written all the same",
    file: "domain/merge-snapshot.ts",
    edits: [["  if (saysLess(seen, stored)) return lesser(stored, seen);\n", ""]],
    in: caseOf(["complete", "webhook", "elsewhere"], { isSlow: true }),
  },
  {
    name: "closed_without_a_word",
    what: "money that met a closed order opens no discrepancy where the payment was seen before",
    file: "domain/decide-completion.ts",
    edits: [["  const isExplained = finding", "  const isExplained = stored !== undefined || finding"]],
    in: caseOf(["complete", "cancel", "approval"], { begins: "account" }),
  },
];

/** From now on the module is loaded with the bug in it. @throws where the source is not the one that the edits were made for */
export function plant({ file, edits, name }: Planted): void {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(`/src/${file}`)) return loaded;
      let source = String(loaded.source);
      for (const [from, to] of edits) {
        if (source.split(from).length !== 2)
          throw new Error(`Cannot plant ${name}: src/${file} is another one`);
        source = source.replace(from, () => to);
      }
      return { ...loaded, source };
    },
  });
}
