import { Model } from "../../src/emulator/model.ts";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import type { RestDeps } from "../../src/emulator/rest-call.ts";
import { TokenLevers } from "../../src/emulator/token-levers.ts";
import { WebhookSender } from "../../src/emulator/webhook-sender.ts";

const REFUND_ID = /rfd_[0-9a-f]{24}/;

/** Where money of a virtual account goes back to. */
export const ACCOUNT = { bank: "88", number: "110123456789", holder: "Hong" } as const;

/** One cancellation of the true ledger. In whole minor units. */
interface Entry {
  readonly refundId: string | undefined;
  readonly amountMinor: number;
}

/** The emulator's model, and its ledger in our units. Its refunds are told from others by the reason, as anybody could. */
export class Bank {
  readonly model: Model;
  readonly rest: RestDeps;
  /** Refunds to which the PG itself said no, by more than a checksum. */
  readonly refused = new Set<string>();

  /** The last answer to each look, for a replica that is behind. */
  readonly shown = new Map<string, { readonly at: number; readonly status: number; readonly text: string }>();
  /** Payments that such a replica has shown: there a refusal for an old checksum looks like the PG's. */
  readonly behind = new Set<string>();
  /** Payments whose PG carries out later and is not known to: docs/refunds.md promises less of them. */
  readonly odd = new Set<string>();

  constructor(now: () => number, seed: number) {
    // Nobody knows which of the two it is: docs/iamport-v1.md 16.
    const partialCancelStatus = seed % 3 === 0 ? "paid" : "cancelled";
    this.model = new Model({ now, seed, switches: { partialCancelStatus } });
    const webhooks = new WebhookSender(this.model, { url: undefined, format: undefined });
    webhooks.auto = false; // the history carries them
    this.rest = { model: this.model, tokens: new TokenLevers(this.model), webhooks };
  }

  payments(): readonly PaymentRecord[] {
    return [...this.model.state.payments.values()];
  }

  payment(paymentId: string): PaymentRecord {
    const payment = this.model.payment(paymentId);
    if (payment === undefined) throw new Error(`Invariant violated: ${paymentId} was paid here`);
    return payment;
  }
}

export function minor(text: string, { currency }: Pick<PaymentRecord, "currency">): number {
  return Math.round(Number(text) * (currency === "USD" ? 100 : 1));
}

export function amountMinor(payment: PaymentRecord): number {
  return minor(payment.amount, payment);
}

export function leftMinor(payment: PaymentRecord): number {
  return amountMinor(payment) - minor(payment.cancel_amount, payment);
}

/** What has been carried out. */
export function entries(payment: PaymentRecord): readonly Entry[] {
  return payment.cancel_history.map((entry) => read(entry, payment));
}

/** What the PG has taken and not carried out yet. */
export function pendingEntries(payment: PaymentRecord): readonly Entry[] {
  return (payment.meta.pendingCancels ?? []).map((entry) => read(entry, payment));
}

function read({ amount, reason }: { amount: string; reason: string }, payment: PaymentRecord): Entry {
  return { refundId: refundIdIn(reason), amountMinor: minor(amount, payment) };
}

export function refundIdIn(reason: string): string | undefined {
  return REFUND_ID.exec(reason)?.[0];
}
