import type { Money } from "./money.ts";
import type { VirtualAccount } from "./payment.ts";

/** Nothing returns to pending. `partially_refunded` and `refunded` are reached from paid only. */
export type OrderStatus =
  | "pending"
  | "awaiting_deposit"
  | "paid"
  | "partially_refunded"
  | "refunded"
  | "cancelled"
  | "expired";

export interface Customer {
  /** The shop's own id of the customer. */
  readonly id?: string;
  readonly name?: string;
  readonly email?: string;
  readonly tel?: string;
}

/** What the order may be paid with. An absent list allows everything that the server allows. */
export interface Allowed {
  readonly payMethods?: readonly string[];
  /** `provider` or `provider:MID`. */
  readonly channels?: readonly string[];
}

export type Metadata = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Whether the gateway holds the order's amount ahead of the window, where the buyer's page waits for that. `refused`: it does not take it, and a person must look.
 */
export type Preparation = "wanted" | "confirmed" | "refused";

/** The order of record. What the shop registered is fixed; status and what follows it change. */
export interface Order {
  /** `merchant_uid`. */
  readonly orderId: string;
  readonly name: string;
  readonly amount: Money;
  readonly taxFree?: Money;
  readonly vatAmount?: Money;
  readonly customer?: Customer;
  readonly payBy: number;
  /** Whether the shop named pay_by itself: a repeated registration without it is then a different one. */
  readonly isPayByGiven: boolean;
  readonly returnUrl?: string;
  /** The shop's own, flat. */
  readonly metadata?: Metadata;
  readonly allowed?: Allowed;
  readonly createdAt: number;
  readonly status: OrderStatus;
  /** The one payment that paid it. */
  readonly paidBy?: string;
  readonly paidAt?: number;
  /** The newest virtual account, and the payment that it belongs to. */
  readonly account?: VirtualAccount & { readonly paymentId: string };
  /** Cumulative, of the payment that paid it; zero until then. */
  readonly refunded: Money;
  /** The payment that was let through before its approval, and until when no other one is. */
  readonly approval?: { readonly paymentId: string; readonly until: number };
  /** Absent when the buyer's page does not wait for the gateway to hold the amount. */
  readonly preparation?: Preparation;
}
