import type { Planted } from "./planted-bug.ts";

const STEP = "domain/decide-refund-step.ts";
const RUN = "usecases/run-refund.ts";

/** Money that goes back twice, or never. */
export const PLANTED_REFUNDS: readonly Planted[] = [
  {
    id: "sent-again-at-once",
    what: "a refund without an answer is sent again at once",
    file: STEP,
    find: "return look.startedAt >= sentAt + SEND_AGAIN_AFTER_MS;",
    replace: "return look.startedAt >= sentAt || SEND_AGAIN_AFTER_MS > 0;",
  },
  {
    id: "no-mark",
    what: "a refund is sent without a mark in the books",
    file: STEP,
    find: "refunds: [marked] };",
    replace: "refunds: [] };",
  },
  {
    id: "sent-after-accepted",
    what: "what was accepted is sent again",
    file: STEP,
    find: "if (acceptedAt !== undefined) return false;",
    replace: "if (acceptedAt === undefined && sentAt === 0) return false;",
  },
  {
    id: "later-is-never",
    what: "a PG that carries out later is sent for again like a card",
    file: STEP,
    find: "if (cancelsLater(payment.pgProvider) || sends >= SENDS_MAX) return false;",
    replace: "if (sends >= SENDS_MAX) return false;",
  },
  {
    id: "rest-not-checked",
    what: "more is sent than is left",
    file: STEP,
    find: 'if (refund.amount.amountMinor > balance) return fail(aggregate, { refund, payment }, "refund_exceeds_rest");',
    replace: "",
  },
  {
    id: "open-not-counted",
    what: "open refunds do not lower what may be asked for",
    file: "domain/refund-rest.ts",
    find: "left - sumMinor(refundsOf(payment, refunds).filter(isOpenRefund))",
    replace: "left",
  },
  {
    id: "settled-by-amount",
    what: "whatever lowers the balance ends a refund",
    file: "domain/settle-refunds.ts",
    find: "if (acceptedAt === undefined || !isOpenRefund(refund) || cancelsLater(look.payment.pgProvider))",
    replace: "if ((acceptedAt === undefined && refund.sentAt === undefined) || !isOpenRefund(refund))",
  },
  {
    id: "failed-stays-failed",
    what: "a refund that failed and shows in the history stays failed",
    file: "domain/settle-refunds.ts",
    find: "!isDone(refund) && (refund === granted ||",
    replace: "isOpenRefund(refund) && (refund === granted ||",
  },
  {
    id: "others-explained",
    what: "what others cancel counts as explained",
    file: "domain/settle-refunds.ts",
    find: "const elsewhereMinor = Math.max(0, after) - Math.max(0, before);",
    replace: "const elsewhereMinor = 0 * (Math.max(0, after) - Math.max(0, before));",
  },
  {
    id: "task-not-woken",
    what: "a new refund wakes no task",
    file: "domain/new-refund.ts",
    find: "tasks: [refundTask({ orderId, paymentId }, now)]",
    replace: "tasks: [refundTask({ orderId, paymentId }, now)].slice(1)",
  },
  {
    id: "trouble-ends-task",
    what: "trouble at the gateway ends the task of a refund",
    file: "tasks/run-task.ts",
    find: 'return { kind: "done", nextDueAt: result.dueAt };\n    case "retry":\n      return { kind: "retry", reason: result.reason };',
    replace: 'return { kind: "done", nextDueAt: result.dueAt };\n    case "retry":\n      return DONE;',
  },
  {
    id: "lost-is-refused",
    what: "a sending without an answer counts as refused",
    file: RUN,
    find: 'case "outcome_unknown":\n      await look(deps, ids);',
    replace:
      'case "outcome_unknown":\n      await note(deps, ids, { sending, answer: "refused" });\n      await endRefused(deps, ids, { sending, message: "" });',
  },
  {
    id: "lost-is-not-sent",
    what: "a connection that ended counts as one that was never opened",
    file: "gateway/iamport/exchange.ts",
    find: "this.#controller === undefined ? unavailable(reason) : outcomeUnknown(reason)",
    replace: "unavailable(reason)",
  },
  {
    id: "proxy-is-not-sent",
    what: "a proxy's 502 counts as not sent",
    file: "gateway/iamport/cancel-call.ts",
    find: "(status < 400 || status >= 500)) return outcomeUnknown(",
    replace: "(status < 400 || status >= 500)) return unavailable(",
  },
  {
    id: "no-checksum",
    what: "a cancellation names no balance",
    file: "gateway/iamport/cancel-call.ts",
    find: "    checksum: amountText(checksum),\n",
    replace: "",
  },
  {
    id: "key-not-kept",
    what: "the id of a refund does not follow from its key alone",
    file: "usecases/refund-ids.ts",
    find: 'id(["request", orderId, apiKeyId, key])',
    replace: 'id(["request", orderId, apiKeyId, key, String(performance.now())])',
  },
  {
    id: "clock-ahead-waits",
    what: "a refund that a clock marked which ran ahead waits for that time",
    file: "domain/refund-schedule.ts",
    find: "Math.min(acceptedAt ?? sentAt ?? requestedAt, now)",
    replace: "acceptedAt ?? sentAt ?? requestedAt",
  },
];
