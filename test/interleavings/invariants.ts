import type { OrderStatus } from "../../src/domain/order.ts";
import type { Books } from "./books.ts";
import { AMOUNT, ORDER, PAYMENT_A, PAYMENT_B } from "./world.ts";

type Says = string | undefined;
type Kinded = { readonly kind?: string; readonly threw?: string; readonly reason?: string };

/** The order's states as the guide promises them, written here once more. */
const NEXT: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ["pending", "awaiting_deposit", "paid", "cancelled", "expired"],
  awaiting_deposit: ["awaiting_deposit", "paid", "cancelled", "expired"],
  paid: ["paid", "partially_refunded", "refunded"],
  partially_refunded: ["partially_refunded", "refunded"],
  refunded: ["refunded"],
  cancelled: ["cancelled"],
  expired: ["expired"],
};
const PAID: readonly string[] = ["paid", "partially_refunded", "refunded"];
const COMPLETES = ["complete", "completeAgain"];
/** After these another answer may come. */
const OPEN_ANSWERS = ["pending", "account_issued"];

/** What no state may break, whatever has happened so far. By the numbers of the catalogue, B.3. */
export function brokenIn(books: Books): readonly string[] {
  return [
    onePayer(books),
    match(books),
    ...soundness(books),
    ...events(books),
    ...truthOfAnswers(books),
    ...refunds(books),
    ...audit(books),
    acknowledged(books),
    heard(books),
    ...threw(books),
  ].filter((said): said is string => said !== undefined);
}

/** What no step may do. */
export function brokenBetween(before: Books, after: Books): readonly string[] {
  const { order: was, version: wasVersion } = before.view;
  const { order: is, version: isVersion } = after.view;
  const said: Says[] = [
    NEXT[was.status].includes(is.status) ? undefined : `I7 ${was.status} became ${is.status}`,
    isVersion - wasVersion === 0 || isVersion - wasVersion === 1
      ? undefined
      : `I7 one step took the version from ${wasVersion} to ${isVersion}`,
    was.paidBy === undefined || was.paidBy === is.paidBy
      ? undefined
      : `I1 paid by ${was.paidBy}, then by ${is.paidBy}`,
    is.refunded.amountMinor < was.refunded.amountMinor ? "I14 the refunded amount fell" : undefined,
    JSON.stringify([was.amount, was.name, was.payBy]) === JSON.stringify([is.amount, is.name, is.payBy])
      ? undefined
      : "I13 a frozen field changed",
    ...before.view.payments.map((one) => {
      const later = after.view.payments.find(({ paymentId }) => paymentId === one.paymentId);
      const fell = (later?.cancelled.money?.amountMinor ?? 0) < (one.cancelled.money?.amountMinor ?? 0);
      return later === undefined || fell ? `I14 what is cancelled of ${one.paymentId} fell` : undefined;
    }),
    after.timeline.length < before.timeline.length ? "I9 an event is gone" : undefined,
  ];
  return said.filter((one): one is string => one !== undefined);
}

function onePayer({ view: { order, payments } }: Books): Says {
  const payers = payments.filter(({ verdict }) => verdict === "applied" || verdict === "reversed");
  const isPaid = PAID.includes(order.status);
  const isOne = payers.length === 1 && payers[0]?.paymentId === order.paidBy;
  if (isPaid ? isOne : payers.length === 0 && order.paidBy === undefined) return undefined;
  return `I1 the order is ${order.status} by ${order.paidBy}, applied are ${payers.map((one) => one.paymentId).join(" ") || "none"}`;
}

function match({ view: { order, payments } }: Books): Says {
  const payer = payments.find(({ paymentId }) => paymentId === order.paidBy);
  const isMatch =
    payer === undefined || (payer.orderId === ORDER && payer.amount.money?.amountMinor === AMOUNT);
  return isMatch ? undefined : "I2 the applied payment is not the order's";
}

function soundness({ view, truth }: Books): readonly Says[] {
  return view.payments.map(({ paymentId, verdict, cancelled }) => {
    const real = truth.find((one) => one.paymentId === paymentId);
    if (real === undefined) return `I4 ${paymentId} is stored and was never at the gateway`;
    if ((cancelled.money?.amountMinor ?? 0) > real.cancelledMinor)
      return `I14 more of ${paymentId} is cancelled here`;
    return verdict === "applied" && !real.wasPaid
      ? `I4 ${paymentId} is applied and was never paid`
      : undefined;
  });
}

/** Said once, and only of what is so. Two windows of one approval never overlap. */
function events({ view: { order, refunds: rows }, timeline }: Books): readonly Says[] {
  const count = (type: string) => timeline.filter((event) => event.type === type).length;
  const once = (type: string, isSo: boolean) =>
    count(type) === (isSo ? 1 : 0)
      ? undefined
      : `I9 ${type} was said ${count(type)} times, the order is ${order.status}`;
  const letThrough = new Set(
    timeline.flatMap((event) => (event.type === "payment.let_through" ? [event.paymentId] : [])),
  );
  return [
    once("order.paid", PAID.includes(order.status)),
    once("order.cancelled", order.status === "cancelled"),
    once("order.expired", order.status === "expired"),
    once("order.registered", true),
    letThrough.size > 1 || count("payment.let_through") > letThrough.size
      ? "I9 two payments are let through at the same time"
      : undefined,
    ...rows.flatMap(({ refundId, state }) =>
      (["requested", "succeeded", "failed"] as const).map((name) => {
        const said = timeline.filter(
          ({ type, data }) => type === `refund.${name}` && data["refund_id"] === refundId,
        ).length;
        const isSo = name === "requested" || state === name;
        return said === (isSo ? 1 : 0)
          ? undefined
          : `I9 refund.${name} was said ${said} times, it is ${state}`;
      }),
    ),
  ];
}

/** I11 and I21: who was told "success" can rely on it now and for ever, and the same question has one answer. */
function truthOfAnswers({ view: { order }, answers, audit: rows, timeline }: Books): readonly Says[] {
  const kindOf = (actor: string) => (answers.get(actor) as Kinded | undefined)?.kind;
  const told = (actors: readonly string[], paymentId: string): Says =>
    actors.some((actor) => kindOf(actor) === "success") &&
    (order.paidBy !== paymentId || !PAID.includes(order.status))
      ? `I11 ${paymentId} was told success, the order is ${order.status} by ${order.paidBy}`
      : undefined;
  const final = COMPLETES.map(kindOf).filter((kind) => kind !== undefined && !OPEN_ANSWERS.includes(kind));
  const cancel = kindOf("cancel");
  const wasCancelled = timeline.some(({ type }) => type === "order.cancelled");
  return [
    told(COMPLETES, PAYMENT_A),
    told(["completeB"], PAYMENT_B),
    new Set(final).size > 1 ? `I21 the same payment was answered ${final.join(" and ")}` : undefined,
    cancel === "cancelled" && !(wasCancelled && order.status === "cancelled" && rows.length > 0)
      ? `I11 cancel was answered cancelled, the order is ${order.status}`
      : undefined,
    cancel === "already_paid" && !PAID.includes(order.status)
      ? `I11 cancel was answered already_paid, the order is ${order.status}`
      : undefined,
  ];
}

/** I15: not more than there is, each in the ledger at most once and never without a row. */
function refunds({ view: { refunds: rows }, truth }: Books): readonly Says[] {
  const live = rows.filter(({ state }) => state !== "failed");
  const sum = live.reduce((total, { amount }) => total + amount.amountMinor, 0);
  const ids = truth.flatMap(({ reasons }) => reasons).flatMap((reason) => reason.match(/rfd_\w+/g) ?? []);
  return [
    sum > AMOUNT ? `I15 refunds of ${sum} stand for a payment of ${AMOUNT}` : undefined,
    new Set(ids).size < ids.length ? "I15 a refund stands in the gateway's books twice" : undefined,
    ids.every((id) => rows.some(({ refundId }) => refundId === id))
      ? undefined
      : "I15 the gateway gave back what no row asked for",
    ...rows.map(({ refundId, state }) =>
      state === "succeeded" && !ids.includes(refundId)
        ? `I15 ${refundId} succeeded and nothing went back`
        : undefined,
    ),
  ];
}

/** I19: one row for each act. */
function audit({ audit: rows, view: { order, refunds: wanted } }: Books): readonly Says[] {
  const count = (action: string) => rows.filter((row) => row.action === action).length;
  const cancels = order.status === "cancelled" ? 1 : 0;
  return [
    count("order.cancelled") === cancels ? undefined : `I19 ${count("order.cancelled")} cancels are audited`,
    count("refund.requested") === wanted.length ? undefined : "I19 a refund is not audited once",
  ];
}

function acknowledged({ answers, hints }: Books): Says {
  const answered = ["webhook", "webhookAgain"].filter((actor) => answers.has(actor)).length;
  return hints < answered ? `I10 ${answered} webhooks were answered and ${hints} are stored` : undefined;
}

/** A webhook of a paid payment that was answered has been acted on, or a task is still there for it. */
function heard({ marks, view: { order, payments, discrepancies }, tasks }: Books): Says {
  if (!marks.has("heard")) return undefined;
  const isWaiting = tasks.some(({ key, state }) => key === `verify:${PAYMENT_A}` && state !== "done");
  const isKnown =
    order.paidBy === PAYMENT_A ||
    discrepancies.some(({ paymentId }) => paymentId === PAYMENT_A) ||
    payments.some(({ paymentId, status }) => paymentId === PAYMENT_A && status === "cancelled");
  return isWaiting || isKnown ? undefined : "I17 a webhook was answered and forgotten";
}

function threw({ answers }: Books): readonly Says[] {
  return [...answers].map(([actor, answer]) => {
    const { threw: said } = (answer ?? {}) as Kinded;
    return said === undefined ? undefined : `${actor} threw ${said}`;
  });
}

/** What holds once nothing moves any more: everything has run that would run by itself. */
export function brokenAtTheEnd({ view, truth, tasks }: Books): readonly string[] {
  const { order, payments, refunds: rows, discrepancies } = view;
  const said: Says[] = [
    ...truth.map(({ paymentId, wasPaid, cancelledMinor }) => {
      if (!wasPaid) return undefined;
      const stored = payments.find((one) => one.paymentId === paymentId);
      const isExplained =
        stored?.verdict === "applied" ||
        stored?.verdict === "reversed" ||
        discrepancies.some((one) => one.paymentId === paymentId) ||
        (stored !== undefined && cancelledMinor === AMOUNT);
      if (!isExplained)
        return `I5 ${paymentId} was paid, and nobody is told (${stored?.verdict ?? "not stored"})`;
      const known = stored?.cancelled.money?.amountMinor ?? 0;
      return known === cancelledMinor
        ? undefined
        : `I14 ${cancelledMinor} of ${paymentId} went back, ${known} here`;
    }),
    ...rows.map(({ refundId, state }) =>
      state === "succeeded" || state === "failed" ? undefined : `I15 ${refundId} never ends: ${state}`,
    ),
    order.refunded.amountMinor === cancelledOf(truth, order.paidBy)
      ? undefined
      : `I6 ${order.refunded.amountMinor} is refunded here, ${cancelledOf(truth, order.paidBy)} at the gateway`,
    ...tasks.map(({ key, state }) => (state === "dead" ? `I9 the task ${key} is dead` : undefined)),
  ];
  return said.filter((one): one is string => one !== undefined);
}

function cancelledOf(truth: Books["truth"], paymentId: string | undefined): number {
  return truth.find((one) => one.paymentId === paymentId)?.cancelledMinor ?? 0;
}
