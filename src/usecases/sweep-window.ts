import type { GatewayTrouble, ListedPayment, ListedStatus, ListResult } from "../gateway/gateway.ts";
import { type CandidateOptions, decideCandidate } from "./decide-candidate.ts";
import type { Deps } from "./deps.ts";
import { addCounts, NO_COUNTS, type SweepCounts } from "./sweep-counts.ts";

/** A stretch of time in whole seconds since the epoch, both ends inside. */
export interface SweepWindow {
  readonly from: number;
  readonly to: number;
}

/** How far a sweep of one window has come: every list before this one is done, and this one up to `at`. */
export interface SweepPosition {
  readonly list: number;
  readonly at: number;
  /** Payments of the last piece: those of its last second are in the next piece again, and are looked at once. */
  readonly seam?: readonly string[];
}

export interface SweepOptions extends CandidateOptions {
  readonly window: SweepWindow;
  /** Default: all three, `ready` first. */
  readonly lists?: readonly ListedStatus[];
  readonly position?: SweepPosition;
  /** Looks and counts, and decides nothing. */
  readonly isDryRun?: boolean;
  /** After each piece, with what it counted. Whatever it saves is durable before the next piece begins; false ends the sweep. */
  readonly onPiece?: (position: SweepPosition, counts: SweepCounts) => Promise<boolean>;
}

export type SweepResult =
  /** `isWhole`: false when `onPiece` ended it before its time. */
  { readonly kind: "swept"; readonly isWhole: boolean; readonly counts: SweepCounts } | GatewayTrouble;

export const SWEPT_LISTS: readonly ListedStatus[] = ["ready", "paid", "cancelled"];

/** The gateway answers for no longer window. Source: v1 API, GET /payments/status. */
const PIECE_SECONDS_MAX = 90 * 24 * 60 * 60;
const PAGE_ROWS_MAX = 1000;
/** Below this the next piece may be twice as long and still fit a page. */
const FEW_ROWS = PAGE_ROWS_MAX / 2;
/** Candidates at the gateway at one time: the buyers' own calls come first. */
const CANDIDATES_AT_ONCE = 16;

/**
 * Reads the gateway's lists over one window, piece by piece, each made small enough for one page, and decides every payment
 * that is news here, fetched by its id. A list is never believed: it only tells what to fetch. Holds one page at a time.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function sweepWindow(deps: Deps, options: SweepOptions): Promise<SweepResult> {
  const { window, lists = SWEPT_LISTS, onPiece } = options;
  let { list: index, at } = options.position ?? { list: 0, at: window.from };
  let length = PIECE_SECONDS_MAX;
  let counts = NO_COUNTS;
  let seam: ReadonlySet<string> = new Set(options.position?.seam);
  for (let status = lists[index]; status !== undefined; status = lists[index]) {
    const to = Math.min(at + length, window.to);
    const page = await deps.gateway.listPayments({ status, from: at, to });
    if (isTooFull(page) && to - at > 1) {
      length = Math.ceil((to - at) / 2);
      continue;
    }
    if (page.kind !== "found") return page;
    if (isTooFull(page)) deps.log.alarm("sweep_second_too_full", { kind: status, count: page.total });
    // The second between two pieces belongs to both: what it holds is looked at once.
    const payments = page.payments.filter(({ paymentId }) => !seam.has(paymentId));
    const piece = await decidePage(deps, payments, options);
    counts = addCounts(counts, piece);
    seam = new Set(page.payments.map(({ paymentId }) => paymentId));
    at = to;
    if (page.total < FEW_ROWS) length = Math.min(length * 2, PIECE_SECONDS_MAX);
    if (at >= window.to) {
      index += 1;
      at = window.from;
      length = PIECE_SECONDS_MAX;
      seam = new Set();
    }
    const isToGoOn = (await onPiece?.({ list: index, at, seam: [...seam] }, piece)) ?? true;
    if (!isToGoOn) return { kind: "swept", isWhole: index >= lists.length, counts };
  }
  return { kind: "swept", isWhole: true, counts };
}

/** Whether the page does not hold its whole window, by its own count or by its size. */
function isTooFull(page: ListResult): boolean {
  if (page.kind === "found") return page.total > Math.min(PAGE_ROWS_MAX, page.rows);
  return page.reason === "too_large";
}

async function decidePage(
  deps: Deps,
  payments: readonly ListedPayment[],
  options: SweepOptions,
): Promise<SweepCounts> {
  const candidates: ListedPayment[] = [];
  const marks = await deps.store.readPaymentMarks(payments.map(({ paymentId }) => paymentId));
  let foreign = 0;
  for (const payment of payments) {
    const mark = marks.get(payment.paymentId);
    const isWindowOnly = payment.status === "pending" && !payment.hasAccount;
    if (isWindowOnly) continue;
    if (mark === undefined) {
      if (await isForeign(deps, payment.orderId)) foreign += 1;
      else candidates.push(payment);
      continue;
    }
    const { orderId, status, cancelledText, verdict } = mark;
    const isEqual =
      orderId === payment.orderId &&
      status === payment.status &&
      cancelledText === payment.cancelledText &&
      // Seen as an opened window, and now it has an account.
      !(verdict === "observed" && payment.hasAccount && status === "pending");
    if (!isEqual) candidates.push(payment);
  }
  let counts: SweepCounts = { ...NO_COUNTS, seen: payments.length, foreign, news: candidates.length };
  if (options.isDryRun === true) {
    for (const { orderId, paymentId, status } of candidates)
      options.onFinding?.({ orderId, paymentId, what: `${status} at the gateway, not so here` });
    return counts;
  }
  for (let next = 0; next < candidates.length; next += CANDIDATES_AT_ONCE) {
    const some = candidates.slice(next, next + CANDIDATES_AT_ONCE);
    const decided = await Promise.all(some.map((candidate) => decideCandidate(deps, candidate, options)));
    counts = decided.reduce(addCounts, counts);
  }
  return counts;
}

/** i'mport accounts often serve other systems too: their payments are counted and leave no trace. */
async function isForeign({ orderIds, store }: Deps, orderId: string): Promise<boolean> {
  return !orderIds.isOurs(orderId) && !(await store.hasOrder(orderId));
}
