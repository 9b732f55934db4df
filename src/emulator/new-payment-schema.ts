import { PAYMENT_STATUSES } from "./payment-record.ts";

const TEXTS = [
  ["imp_uid", "merchant_uid", "pay_method", "channel", "pg_provider", "pg_id", "name", "currency"],
  [
    "emb_pg_provider",
    "pg_tid",
    "apply_num",
    "bank_code",
    "bank_name",
    "card_code",
    "card_name",
    "card_issuer_code",
  ],
  [
    "card_issuer_name",
    "card_publisher_code",
    "card_publisher_name",
    "card_number",
    "vbank_code",
    "vbank_name",
  ],
  ["vbank_num", "vbank_holder", "buyer_name", "buyer_email", "buyer_tel", "buyer_addr", "buyer_postcode"],
  [
    "custom_data",
    "user_agent",
    "fail_reason",
    "cancel_reason",
    "receipt_url",
    "customer_uid",
    "customer_uid_usage",
  ],
].flat();
const NUMBERS = [
  "card_quota",
  "card_type",
  "vbank_date",
  "vbank_issued_at",
  "started_at",
  "paid_at",
  "failed_at",
  "cancelled_at",
];
const FLAGS = ["sandbox", "escrow", "cash_receipt_issued"];
const LISTS = ["cancel_history", "deposit_history", "cancel_receipt_urls"];

function each(names: readonly string[], schema: object): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, schema]));
}

const DECIMAL = { type: "string", pattern: "^-?\\d+(\\.\\d{1,12})?$" };
const TEXT = { type: "string" };

const SHOWN = {
  ...each(TEXTS, { type: ["string", "null"] }),
  ...each(NUMBERS, { type: ["integer", "null"] }),
  ...each(FLAGS, { type: "boolean" }),
  ...each(LISTS, { type: "array" }),
  status: { enum: PAYMENT_STATUSES },
  /** Raw JSON text for fields, and fields left out, in every answer. */
  raw: { type: "object", additionalProperties: TEXT },
  omit: { type: "array", items: TEXT },
};

/** The body of POST /admin/api/payments. */
export const NEW_PAYMENT_SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...SHOWN,
    ...each(["amount", "cancel_amount", "taxFree", "vatAmount"], { anyOf: [{ type: "number" }, DECIMAL] }),
    ...each(["userCode", "tier", "channelKey"], TEXT),
    promotion: { type: ["object", "null"] },
    noticeUrls: { type: "array", items: { type: "string", pattern: "^https?://" } },
    notify: { type: "boolean" },
  },
};

/** The body of PATCH /admin/api/payments/{imp_uid}. */
export const EDIT_SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...SHOWN,
    ...each(["amount", "cancel_amount"], DECIMAL),
    promotion: { type: ["object", "null"] },
  },
};
