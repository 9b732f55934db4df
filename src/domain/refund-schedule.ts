import { cancelsLater, type Refund } from "./refund.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Without a sign of the last sending for so long, it may be sent again: `checksum` keeps both from taking effect. */
export const SEND_AGAIN_AFTER_MS = MINUTE_MS;
/** So often one refund is sent; then a person must look. */
export const SENDS_MAX = 5;

/** Clocks are corrected by less. Of what lies further ahead nobody knows how long ago it was: the clock ran ahead then. */
const AHEAD_MS_MAX = MINUTE_MS;

/** After the gateway said yes: it is only looked for. Then daily. */
const ACCEPTED_MS: readonly number[] = [
  5 * SECOND_MS,
  20 * SECOND_MS,
  80 * SECOND_MS,
  6 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  8 * HOUR_MS,
  DAY_MS,
];
/** After a sending without an answer. Then daily. */
const UNANSWERED_MS: readonly number[] = [
  2 * SECOND_MS,
  12 * SECOND_MS,
  42 * SECOND_MS,
  SEND_AGAIN_AFTER_MS,
  5 * MINUTE_MS,
  20 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  DAY_MS,
];

/** When to look for a refund again that was sent. */
export function nextRefundLookAt({ acceptedAt, sentAt, requestedAt }: Refund, now: number): number {
  // What a clock that ran ahead has marked is looked for as if it were new.
  const since = Math.min(acceptedAt ?? sentAt ?? requestedAt, now);
  const table = acceptedAt === undefined ? UNANSWERED_MS : ACCEPTED_MS;
  const next = table.find((afterMs) => since + afterMs > now);
  return next === undefined ? now + DAY_MS : since + next;
}

/** Whether it has been without an end for longer than its PG needs: a person must look. */
export function isOverdue(
  refund: Refund,
  { now, pgProvider }: { readonly now: number; readonly pgProvider: string | undefined },
): boolean {
  const { acceptedAt, sentAt, sends } = refund;
  if ((acceptedAt ?? sentAt ?? now) > now + AHEAD_MS_MAX) return true;
  if (acceptedAt !== undefined) return now - acceptedAt >= DAY_MS;
  if (sentAt === undefined) return false;
  // What may be sent again is not overdue before that has been tried.
  return now - sentAt >= HOUR_MS && (cancelsLater(pgProvider) || sends >= SENDS_MAX);
}
