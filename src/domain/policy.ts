/** What this server accepts, whatever the order says. */
export interface Policy {
  /** Whether test payments are the ones that count (sandbox mode) or the ones that never do (live). */
  readonly isSandbox: boolean;
  /** `provider:MID` of each channel that may be paid through, or `any`. */
  readonly channels: ReadonlySet<string> | "any";
  /** Ids of promotions that may lower what the buyer's card is charged. */
  readonly promotions: ReadonlySet<string>;
  /** After how long money that fits no order goes back by itself; absent: never. */
  readonly returnAfterMs?: number;
}
