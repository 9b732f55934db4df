import {
  done,
  type ModelState,
  merchantKey,
  type Result,
  refuse,
  secondsOf,
  unknownPayment,
  type Viewer,
} from "./model-state.ts";
import { PAYMENT_STATUSES, type PaymentRecord, type PaymentStatus } from "./payment-record.ts";

export interface Page {
  readonly total: number;
  /** Page numbers; 0 = none. */
  readonly previous: number;
  readonly next: number;
  readonly list: readonly PaymentRecord[];
}

/** A list call's query, as text. */
export interface ListQuery {
  readonly page?: string | null;
  readonly limit?: string | null;
  readonly sorting?: string | null;
  readonly from?: string | null;
  readonly to?: string | null;
}

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 1000;
const MULTI_MAX = 100;
const WINDOW_SECONDS_MAX = 90 * 24 * 60 * 60;

const BAD_STATUS = "지원되지 않는 상태값입니다.";
const BAD_PAGE = "page 파라메터가 조회 가능한 범위를 벗어났습니다.";
const BAD_LIMIT = "limit 파라메터는 1 이상 1000 이하여야 합니다.";
const BAD_SORTING = "지원되지 않는 정렬기준(sorting)입니다.";
const BAD_PERIOD = "조회기간(from, to)은 최대 90일입니다.";

/** Whether this viewer may see the payment at all: their account, their tier. */
function isTheirs(viewer: Viewer, payment: PaymentRecord): boolean {
  return payment.meta.userCode === viewer.userCode && payment.meta.tier === viewer.tier;
}

/**
 * One payment by its id. A test payment is hidden unless asked for.
 *
 * Source: v1 API, GET /payments/{imp_uid}, include_sandbox false by default; docs/iamport-v1.md 3.
 */
export function getPayment(
  state: ModelState,
  asked: { viewer: Viewer; impUid: string; includeSandbox: boolean },
): Result<PaymentRecord> {
  const payment = state.payments.get(asked.impUid);
  if (!payment || !isTheirs(asked.viewer, payment)) return unknownPayment();
  if (!payment.sandbox || asked.includeSandbox || state.switches.hiddenSandbox === "shown")
    return done(payment);
  return state.switches.hiddenSandbox === "404" ? unknownPayment() : { ...unknownPayment(), status: 200 };
}

/** Payments of a list that this viewer gets to see: theirs, and no test payments when `listsHideSandbox`. */
function visible(
  state: ModelState,
  given: { viewer: Viewer; payments: Iterable<PaymentRecord> },
): PaymentRecord[] {
  const out: PaymentRecord[] = [];
  for (const payment of given.payments) {
    if (!isTheirs(given.viewer, payment)) continue;
    if (payment.sandbox && state.switches.listsHideSandbox) continue;
    out.push(payment);
  }
  return out;
}

/** Several payments at once; `isPartial` when some id is unknown or somebody else's (HTTP 207). */
export function getPayments(
  state: ModelState,
  asked: { viewer: Viewer; impUids: readonly string[]; merchantUids: readonly string[] },
): Result<{ payments: PaymentRecord[]; isPartial: boolean }> {
  const { viewer, impUids, merchantUids } = asked;
  const count = impUids.length + merchantUids.length;
  if (count === 0) return refuse(400, -1, "imp_uid[] 또는 merchant_uid[] 파라메터가 누락되었습니다.");
  if (count > MULTI_MAX) return refuse(400, -1, "한 번에 최대 100건까지 조회할 수 있습니다.");
  const found = new Set<PaymentRecord>();
  let missing = 0;
  const add = (candidates: PaymentRecord[]) => {
    const first = sorted(visible(state, { viewer, payments: candidates }), "-started")[0];
    if (first) found.add(first);
    else missing += 1;
  };
  for (const impUid of impUids) {
    const payment = state.payments.get(impUid);
    add(payment ? [payment] : []);
  }
  for (const merchantUid of merchantUids)
    add(state.byMerchantUid.get(merchantKey(viewer, merchantUid)) ?? []);
  if (found.size === 0) return unknownPayment();
  return done({ payments: [...found], isPartial: missing > 0 });
}

/** The attempts of one merchant_uid in a given order, of one status when named. */
function attempts(
  state: ModelState,
  asked: { viewer: Viewer; merchantUid: string; status?: string | null; sorting?: string | null },
): Result<PaymentRecord[]> {
  const { viewer, merchantUid, status } = asked;
  if (status && !isStatus(status)) return refuse(400, -1, BAD_STATUS);
  if (!isSorting(asked.sorting)) return refuse(400, -1, BAD_SORTING);
  const all = visible(state, {
    viewer,
    payments: state.byMerchantUid.get(merchantKey(viewer, merchantUid)) ?? [],
  });
  const wanted = status ? all.filter((payment) => payment.status === status) : all;
  return wanted.length === 0 ? unknownPayment() : done(sorted(wanted, asked.sorting));
}

/** The first payment of a merchant_uid by the sort; the newest started one when nothing is asked for. */
export function findPayment(
  state: ModelState,
  asked: { viewer: Viewer; merchantUid: string; status?: string | null; sorting?: string | null },
): Result<PaymentRecord> {
  const found = attempts(state, asked);
  if (!found.ok) return found;
  const [first] = found.value;
  return first ? done(first) : unknownPayment();
}

/** All payments of a merchant_uid, a page at a time. */
export function findAllPayments(
  state: ModelState,
  asked: { viewer: Viewer; merchantUid: string; status?: string | null; query: ListQuery },
): Result<Page> {
  const found = attempts(state, { ...asked, sorting: asked.query.sorting ?? null });
  return found.ok ? paged(found.value, asked.query) : found;
}

/**
 * All payments of one status in a window of at most 90 days, a page at a time. The time compared belongs to the
 * status: ready by started, paid by paid, cancelled by cancelled, failed by failed.
 *
 * Source: v1 API, GET /payments/status/{payment_status}; docs/iamport-v1.md 3. For `all`: a switch.
 */
export function listByStatus(
  state: ModelState,
  asked: { viewer: Viewer; status: string; query: ListQuery; atMs: number },
): Result<Page> {
  const { viewer, status, query } = asked;
  if (status !== "all" && !isStatus(status)) return refuse(400, -1, BAD_STATUS);
  if (!isSorting(query.sorting)) return refuse(400, -1, BAD_SORTING);
  const to = wholeNumber(query.to) ?? secondsOf(asked.atMs);
  const from = wholeNumber(query.from) ?? to - WINDOW_SECONDS_MAX;
  if (Number.isNaN(to) || Number.isNaN(from) || from > to || to - from > WINDOW_SECONDS_MAX)
    return refuse(400, -1, BAD_PERIOD);
  const all = visible(state, { viewer, payments: state.payments.values() });
  const wanted = all.filter((payment) => {
    const time = timeColumn(payment, status === "all" ? state.switches.statusAllColumn : status);
    return (status === "all" || payment.status === status) && time >= from && time <= to;
  });
  if (wanted.length === 0 && state.switches.emptyStatusPage === "404") return unknownPayment();
  return paged(sorted(wanted, query.sorting), query);
}

function timeColumn(payment: PaymentRecord, column: string): number {
  if (column === "paid") return payment.paid_at;
  if (column === "cancelled") return payment.cancelled_at;
  if (column === "failed") return payment.failed_at;
  if (column === "updated") return payment.meta.updatedAt;
  return payment.started_at;
}

function isStatus(text: string): text is PaymentStatus {
  return (PAYMENT_STATUSES as readonly string[]).includes(text);
}

function isSorting(text: string | null | undefined): boolean {
  return !text || /^-?(started|paid|updated)$/.test(text);
}

/** Sorted as the API's enum says; `-` is descending, the default is `-started`. Equal seconds fall to the sequence. */
function sorted(payments: PaymentRecord[], by: string | null | undefined): PaymentRecord[] {
  const sorting = by || "-started";
  const sign = sorting.startsWith("-") ? -1 : 1;
  const column = sorting.replace("-", "");
  const sequence = (one: PaymentRecord) =>
    column === "started" ? one.meta.createdSequence : one.meta.updatedSequence;
  return payments.sort(
    (a, b) => sign * (timeColumn(a, column) - timeColumn(b, column) || sequence(a) - sequence(b)),
  );
}

/** Undefined when absent, NaN when it is no whole number. */
function wholeNumber(text: string | null | undefined): number | undefined {
  if (text == null || text === "") return undefined;
  return /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
}

function paged(payments: PaymentRecord[], query: ListQuery): Result<Page> {
  const page = wholeNumber(query.page) ?? 1;
  const limit = wholeNumber(query.limit) ?? LIMIT_DEFAULT;
  if (Number.isNaN(limit) || limit < 1 || limit > LIMIT_MAX) return refuse(400, -1, BAD_LIMIT);
  const pages = Math.max(1, Math.ceil(payments.length / limit));
  if (Number.isNaN(page) || page < 1 || page > pages) return refuse(400, -1, BAD_PAGE);
  const list = payments.slice((page - 1) * limit, page * limit);
  return done({
    total: payments.length,
    previous: page > 1 ? page - 1 : 0,
    next: page < pages ? page + 1 : 0,
    list,
  });
}
