import type { Money } from "./money.ts";

/**
 * `requested`: the intent is stored and nothing has been sent. `unknown`: it may have been carried out, and is being looked up.
 * `succeeded`: the gateway's history shows it. `failed`: it was refused, and nothing went back. A failed refund that shows in the
 * history all the same becomes succeeded: where money went is the gateway's to say.
 */
export type RefundState = "requested" | "unknown" | "succeeded" | "failed";

/** Where money of a virtual account goes back to: such a payment has no card to return to. */
export interface RefundAccount {
  /** The gateway's code of the bank. */
  readonly bank: string;
  readonly number: string;
  readonly holder: string;
  readonly tel?: string;
}

export interface RefundFailure {
  /** One of ours, or `gateway_refused`. */
  readonly code: string;
  /** In the PG's own words where it gave any: for operators, encrypted at rest. */
  readonly message: string;
}

/** A refund's id, wherever it stands in a text. */
export const REFUND_ID = /rfd_[0-9a-f]{24}(?![0-9a-f])/;

/** One intent to give money back, written before anything is sent. Amounts are in the currency of its payment. */
export interface Refund {
  /** `rfd_` and 24 characters of a digest. It travels in the cancellation's reason, so that the gateway's history shows it. */
  readonly refundId: string;
  readonly orderId: string;
  readonly paymentId: string;
  readonly amount: Money;
  readonly taxFree?: Money;
  readonly vatAmount?: Money;
  /** Encrypted at rest. */
  readonly reason: string;
  /** Who asked, in naverpay's words. */
  readonly requester?: "customer" | "admin";
  readonly retainsPromotion: boolean;
  /** Encrypted at rest; erased once the refund is done. */
  readonly account?: RefundAccount;
  /** Of the whole request: the same Idempotency-Key with another one is refused. */
  readonly fingerprint: string;
  /** The id of the API key or of the operator, or `dojang` for money that goes back by policy. */
  readonly actor: string;
  /** The discrepancy that this refund answers, for a payment that did not pay its order. */
  readonly discrepancyId?: string;
  readonly state: RefundState;
  readonly requestedAt: number;
  /** How often it was sent, without the times when it surely did not leave. */
  readonly sends: number;
  /** When the last sending began whose effect is not known: absent while nothing of it can be under way. */
  readonly sentAt?: number;
  /** When the gateway said yes. It is never sent again from then on, only looked for. */
  readonly acceptedAt?: number;
  /** What the payment showed as cancelled right before the last sending, in minor units. */
  readonly cancelledBeforeMinor?: number;
  readonly finishedAt?: number;
  readonly failure?: RefundFailure;
}

/** Whether it may still take money from its payment: such amounts are spoken for. */
export function isOpenRefund({ state }: Refund): boolean {
  return state === "requested" || state === "unknown";
}

/**
 * PGs that may take a cancellation and carry it out later. The balance does not fall at once there, so `checksum` cannot
 * tell a second sending from the first: nothing is sent to them twice.
 *
 * Source: docs/iamport-v1.md 6: PayPal (RT, SPB), virtual accounts at smartro_v2.
 */
export function cancelsLater(pgProvider: string | undefined): boolean {
  return /^(?:paypal|smartro)/.test(pgProvider ?? "");
}
