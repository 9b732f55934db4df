/** What a sweep met, in payments. */
export interface SweepCounts {
  /** Rows of the gateway's lists. */
  readonly seen: number;
  /** Of orders that are not ours. */
  readonly foreign: number;
  /** Not stored as the list shows them: each was fetched by its id. */
  readonly news: number;
  /** Found to have paid their order. */
  readonly applied: number;
  /** Accounts found that wait for a deposit. */
  readonly accounts: number;
  /** Found to be refunded, in part or in full. */
  readonly refunded: number;
  /** Discrepancies opened. */
  readonly discrepancies: number;
  /** Handed to a task, which decides them as soon as the gateway lets it. */
  readonly handedOver: number;
}

export const NO_COUNTS: SweepCounts = {
  seen: 0,
  foreign: 0,
  news: 0,
  applied: 0,
  accounts: 0,
  refunded: 0,
  discrepancies: 0,
  handedOver: 0,
};

export function addCounts(one: SweepCounts, other: SweepCounts): SweepCounts {
  return {
    seen: one.seen + other.seen,
    foreign: one.foreign + other.foreign,
    news: one.news + other.news,
    applied: one.applied + other.applied,
    accounts: one.accounts + other.accounts,
    refunded: one.refunded + other.refunded,
    discrepancies: one.discrepancies + other.discrepancies,
    handedOver: one.handedOver + other.handedOver,
  };
}
