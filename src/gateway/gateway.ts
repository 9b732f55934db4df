import type { Money } from "../domain/money.ts";
import type { PaymentSnapshot, PaymentStatus } from "../domain/payment.ts";
import type { RefundAccount } from "../domain/refund.ts";

/** Why an answer of the gateway could not be had. Always "unknown", never "the payment failed". */
export type GatewayTrouble =
  /** Nothing was learned: refused connection, 5xx, 429, an answer that is no answer, an open breaker, too many calls. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** The request left and no (whole) answer came in time. For reads this equals unavailable; for writes it may have taken effect. */
  | { readonly kind: "outcome_unknown"; readonly reason: string }
  /** Our key, secret or address is refused: an operator must act. */
  | { readonly kind: "misconfigured"; readonly reason: string };

export type FetchResult =
  | { readonly kind: "found"; readonly payment: PaymentSnapshot }
  | { readonly kind: "not_found" }
  | GatewayTrouble;

/** What a list says of one payment: enough to know whether it is worth fetching, never enough to decide. */
export interface Attempt {
  readonly paymentId: string;
  readonly status: PaymentStatus;
  readonly hasAccount: boolean;
  /** The text of `cancel_amount`; "" where it cannot be read. */
  readonly cancelledText: string;
}

export type AttemptsResult =
  | { readonly kind: "found"; readonly attempts: readonly Attempt[] }
  | GatewayTrouble;

/** The gateway's own words for the lists that can be asked for. */
export type ListedStatus = "ready" | "paid" | "cancelled";

export interface ListQuery {
  readonly status: ListedStatus;
  /**
   * Whole seconds since the epoch, both ends inside, at most 90 days apart. The time compared belongs to the status:
   * when a `ready` payment was started, a `paid` one was paid, a `cancelled` one was cancelled.
   */
  readonly from: number;
  readonly to: number;
}

/** An attempt as a list of the whole account shows it, with the order that it names: any text. */
export interface ListedPayment extends Attempt {
  readonly orderId: string;
}

export type ListResult =
  | {
      readonly kind: "found";
      /** How many there are; more than `rows` when one page does not hold them, and then the window must be smaller. */
      readonly total: number;
      /** How many the page held, those with an id of another shape or twice included. */
      readonly rows: number;
      readonly payments: readonly ListedPayment[];
    }
  | GatewayTrouble;

/** One row of the merchant's own channel table. Source: v1 API, GET /users/pg. */
export interface Channel {
  readonly pgProvider: string;
  readonly pgMerchantId: string;
  readonly sandbox: boolean;
}

export type ChannelsResult =
  | { readonly kind: "found"; readonly channels: readonly Channel[] }
  | GatewayTrouble;

export type CloseAccountResult =
  | { readonly kind: "closed" }
  /** The PG cannot, or there is nothing to close. */
  | { readonly kind: "refused"; readonly reason: string }
  | GatewayTrouble;

/** One part of one payment to give back. Nothing is implied: an amount of 0 would be "all of it" to i'mport. */
export interface CancelRequest {
  readonly paymentId: string;
  /** More than 0. */
  readonly amount: Money;
  /** The balance that the caller believes in: with any other, the gateway carries nothing out. */
  readonly checksum: Money;
  /** Kept in the payment's history: whatever tells this cancellation from others stands at its beginning. */
  readonly reason: string;
  readonly taxFree?: Money;
  readonly vatAmount?: Money;
  readonly requester?: "customer" | "admin";
  readonly retainsPromotion: boolean;
  readonly account?: RefundAccount;
}

export type CancelResult =
  /** The gateway said yes. Some PGs carry it out later. */
  | { readonly kind: "accepted" }
  /** The gateway said no, in the PG's words: at most 500 characters, no control characters. May be personal: never logged. */
  | { readonly kind: "refused"; readonly message: string }
  /** Here `unavailable` and `misconfigured` mean that it surely took no effect, and `outcome_unknown` that it may have. */
  | GatewayTrouble;

export type PrepareResult =
  /** The gateway holds this very amount in this currency. */
  | { readonly kind: "prepared" }
  /** It says no, in a whole answer. */
  | { readonly kind: "refused"; readonly reason: string }
  | GatewayTrouble;

/** What Dojang asks of a payment gateway. Never throws for what the gateway or the network does. */
export interface Gateway extends AsyncDisposable {
  /**
   * Fetches one payment by id. A caller shares only a call that had not been sent when the caller arrived: per id at
   * most one call is in flight and one is waiting.
   */
  fetchPayment(paymentId: string): Promise<FetchResult>;
  /** All attempts for one order, newest first (the first 1,000), each once. An empty list when there are none. */
  findAttempts(orderId: string): Promise<AttemptsResult>;
  /** One page, of at most 1,000 payments of the account in one window. Pages move while one reads, so there is no second. */
  listPayments(query: ListQuery): Promise<ListResult>;
  /** The merchant's own channels. */
  listChannels(): Promise<ChannelsResult>;
  /** Has the gateway hold an order's amount, so that no window opens for another one. May be repeated. */
  prepareAmount(orderId: string, amount: Money): Promise<PrepareResult>;
  /** Closes an unpaid virtual account. Not every PG can. */
  closeAccount(paymentId: string): Promise<CloseAccountResult>;
  /** Gives back one part of a payment. Sent once: a repetition is the caller's to decide, after a look. */
  cancelPayment(request: CancelRequest): Promise<CancelResult>;
  /** The gateway's clock minus ours, in milliseconds, as last seen; undefined before the first answer. */
  clockOffsetMs(): number | undefined;
  /** For readiness: what the last calls said. */
  health(): { readonly isBreakerOpen: boolean; readonly isMisconfigured: boolean; readonly inFlight: number };
  close(): Promise<void>;
}
