import type { NewPayment } from "../../../src/emulator/payment-record.ts";

/** The answers of the gateway that are changed, field by field. */
export type AnswerKind = (typeof ANSWER_KINDS)[number];

export const ANSWER_KINDS = [
  "card, paid",
  "account, issued",
  "account, paid",
  "dollars, paid",
  "cancelled",
  "cancelled in part",
] as const;

interface Stage {
  /** The order's fields beside its name: 50,000 won when none is given. */
  readonly order?: Readonly<Record<string, unknown>>;
  readonly payment: NewPayment;
  /** The fields that the rule reads of this kind before all. */
  readonly telling: readonly string[];
}

/** Each order with the true payment for it. The first order takes one channel and one means alone. */
export const STAGES: Readonly<Record<AnswerKind, Stage>> = {
  "card, paid": {
    order: { allowed: { pay_methods: ["card"], channels: ["html5_inicis:INIpayTest"] } },
    payment: { pg_provider: "html5_inicis", pg_id: "INIpayTest" },
    telling: [
      ...["code", "response", "imp_uid", "merchant_uid", "status", "sandbox", "currency", "amount"],
      ...["pay_method", "pg_provider", "pg_id", "buyer_name"],
    ],
  },
  "account, issued": {
    payment: { pay_method: "vbank", status: "ready" },
    telling: ["status", "pay_method", "vbank_num", "vbank_name", "vbank_date", "paid_at"],
  },
  "account, paid": {
    payment: { pay_method: "vbank" },
    telling: ["status", "paid_at", "promotion", "customer_uid", "customer_uid_usage"],
  },
  "dollars, paid": {
    order: { amount: 14.2, currency: "USD" },
    payment: { amount: "14.2", currency: "USD" },
    telling: ["amount", "currency", "cancel_amount"],
  },
  cancelled: { payment: { status: "cancelled" }, telling: ["status", "cancel_amount"] },
  "cancelled in part": { payment: { cancel_amount: 1000 }, telling: ["cancel_amount", "cancel_history"] },
};
