/** Milliseconds since the epoch; `to` is no longer part of it. */
export interface MoneyQuery {
  readonly from: number;
  readonly to: number;
  /** Live: payments through a test channel are left out, because no money moved in them. */
  readonly isSandbox: boolean;
}

/** What came and went in a time, of one currency and one pay method, in whole minor units. */
export interface MoneyRow {
  /** As the gateway spells it; one that is no currency has amounts of 0, and its payments are `unreadable`. */
  readonly currency: string;
  /** Absent where the gateway names none. */
  readonly payMethod?: string;
  readonly paidCount: number;
  readonly paidMinor: number;
  readonly refundedCount: number;
  readonly refundedMinor: number;
  /**
   * What the gateway says was given back of payments, less what the readable entries of their histories add up to: counted
   * on the day of the payment's latest cancellation.
   */
  readonly unexplainedMinor: number;
  /** Payments of that time whose amount is none in their currency: they are counted as paid, and not summed. */
  readonly unreadableCount: number;
}
