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
}

/** Each order with the true payment for it. The first order takes one channel and one means alone. */
export const STAGES: Readonly<Record<AnswerKind, Stage>> = {
  "card, paid": {
    order: { allowed: { pay_methods: ["card"], channels: ["html5_inicis:INIpayTest"] } },
    payment: { pg_provider: "html5_inicis", pg_id: "INIpayTest" },
  },
  "account, issued": { payment: { pay_method: "vbank", status: "ready" } },
  "account, paid": { payment: { pay_method: "vbank" } },
  "dollars, paid": { order: { amount: 14.2, currency: "USD" }, payment: { amount: "14.2", currency: "USD" } },
  cancelled: { payment: { status: "cancelled" } },
  "cancelled in part": { payment: { cancel_amount: 1000 } },
};
