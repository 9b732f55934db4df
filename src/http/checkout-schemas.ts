import { type Static, Type } from "typebox";
import { Amount, orNull, Time } from "./schema-parts.ts";

const VirtualAccount = Type.Object({
  vbank_num: Type.String(),
  vbank_name: Type.String(),
  vbank_holder: orNull(Type.String()),
  vbank_date: Time,
});

export const OrderStatus = Type.Union([
  Type.Literal("pending"),
  Type.Literal("awaiting_deposit"),
  Type.Literal("paid"),
  Type.Literal("partially_refunded"),
  Type.Literal("refunded"),
  Type.Literal("cancelled"),
  Type.Literal("expired"),
]);

/**
 * What the hosted page may know of an order. Whoever knows the id sees it: of the customer there are masked texts only, and of
 * channels, payments and metadata nothing.
 */
export const CheckoutState = Type.Object({
  merchant_uid: Type.String(),
  status: OrderStatus,
  name: Type.String(),
  amount: Amount,
  currency: Type.String(),
  pay_by: Time,
  pay_methods: Type.Array(Type.String(), { description: "What the page offers" }),
  preparation: orNull(
    Type.Union([Type.Literal("wanted"), Type.Literal("refused")], {
      description: "Why no payment is offered yet, under DOJANG_PREPARE=required",
    }),
  ),
  customer: orNull(
    Type.Object(
      { name: orNull(Type.String()), email: orNull(Type.String()), tel: orNull(Type.String()) },
      { description: "Masked" },
    ),
  ),
  virtual_account: orNull(VirtualAccount),
  paid_at: orNull(Time),
  refunded_amount: Amount,
  receipt_url: orNull(Type.String()),
  return_url: orNull(Type.String({ description: "Where a mobile payment would have gone back to" })),
});
export type CheckoutState = Static<typeof CheckoutState>;

/** What the page needs to open i'mport's window. */
export interface CheckoutSdk {
  readonly url: string;
  readonly userCode: string;
  readonly tier?: string;
  readonly channelKey?: string;
}

/** Who the buyer pays. Texts that the operator set. */
export interface ShopSign {
  readonly name?: string;
  readonly contact?: string;
}

/** What only the payment window needs of the order, in its own words. Source: docs/iamport-v1.md 9.2. */
export interface WindowOrder {
  readonly tax_free?: number;
  readonly vat_amount?: number;
  /** `provider` or `provider.MID`, where the order names its channels: in place of the server's channel. */
  readonly pg?: string;
}

/** Everything that one page is made from. It is in the page as JSON, so nothing in it is secret. */
export interface CheckoutView {
  readonly state: CheckoutState;
  /** Absent where this server has no user code: then the page shows the order and offers no payment. */
  readonly sdk?: CheckoutSdk;
  readonly windowOrder: WindowOrder;
  readonly redirectUrl: string;
  /** Absent where i'mport asks nobody before it approves. */
  readonly confirmUrl?: string;
  /** The word of the answer that a mobile payment came back with. */
  readonly word?: string;
  readonly shopSign: ShopSign;
  readonly isSandbox: boolean;
}

/** Files of the pages as a browser asks for them. */
export interface PageAssets {
  readonly script: string;
  readonly styles: readonly string[];
  readonly preloads: readonly string[];
}

/** What web/checkout/server.tsx exports: whole documents, every text in them escaped. */
export interface CheckoutRenderer {
  renderCheckout(view: CheckoutView, page: { language: "ko" | "en"; assets: PageAssets }): string;
  renderNotFound(shopSign: ShopSign, page: { language: "ko" | "en"; assets: PageAssets }): string;
}
