import type { Word } from "../../support/forgery-wire.ts";
import type { AnswerKind } from "./answer-kinds.ts";
import type { Change, Mutation } from "./mutate-field.ts";

/** What each unchanged answer comes to. */
export const UNCHANGED: Readonly<Record<AnswerKind, Word>> = {
  "card, paid": "success",
  "account, issued": "vbankIssued",
  "account, paid": "success",
  "dollars, paid": "success",
  cancelled: "closed",
  "cancelled in part": "closed",
};

interface Row {
  readonly fields: readonly string[];
  readonly changes?: readonly Change[];
  /** JSON texts of the value. Default: all. */
  readonly json?: RegExp;
  /** Default: all. */
  readonly kinds?: readonly AnswerKind[];
  readonly is: Word | "as unchanged";
}

const GONE = ["removed", "null"] as const;
const LOST = ["removed", "null", "other type"] as const;
const PAID = ["card, paid", "account, paid", "dollars, paid"] as const;
const PARTLY = ["cancelled in part"] as const;
const CARD = ["card, paid"] as const;
const ISSUED = ["account, issued"] as const;
const OF_ACCOUNTS = ["account, issued", "account, paid"] as const;

/**
 * The rule once more, read from docs/guarantees and the gateway's documents, and not from the code: what a page is answered
 * when one field of the payment is not as it was. The first row that fits counts.
 */
const ROWS: readonly Row[] = [
  // The frame says whether there is an answer at all.
  { fields: ["code"], changes: ["other value"], json: /^(-0|0\.0)$/, is: "as unchanged" },
  { fields: ["code", "response"], is: "pending" },
  { fields: ["message"], is: "as unchanged" },
  // Whose payment it is. One of another id is no answer to what was asked; one of another order is not this order's.
  { fields: ["imp_uid"], is: "pending" },
  { fields: ["merchant_uid"], changes: LOST, is: "pending" },
  { fields: ["merchant_uid"], json: /^""$/, is: "pending" },
  { fields: ["merchant_uid"], is: "notFound" },
  // Money of the wrong kind, or not in the open: a missing word about test money is the worst reading, not the best.
  { fields: ["sandbox"], changes: ["removed", "null", "other value"], is: "forgery" },
  { fields: ["sandbox"], is: "pending" },
  { fields: ["currency"], changes: LOST, is: "pending" },
  { fields: ["currency"], is: "forgery" },
  { fields: ["amount"], changes: LOST, is: "pending" },
  { fields: ["amount"], json: /^(50000\.0|14\.20)$/, is: "as unchanged" },
  { fields: ["amount"], is: "forgery" },
  // What the order takes: the first one names its means and its channel.
  { fields: ["pay_method", "pg_provider", "pg_id"], kinds: CARD, is: "forgery" },
  { fields: ["pay_method", "pg_provider", "pg_id", "pg_tid"], changes: ["other type"], is: "pending" },
  // Without its means it is no account any more, but an opened window.
  { fields: ["pay_method"], kinds: ISSUED, is: "pending" },
  { fields: ["pay_method", "pg_provider", "pg_id", "pg_tid"], changes: GONE, is: "as unchanged" },
  { fields: ["pg_tid"], json: /^[^"]/, is: "pending" },
  { fields: ["pay_method", "pg_provider", "pg_id", "pg_tid"], is: "as unchanged" },
  // No billing key and no promotion was agreed on. "" and null are none; what cannot be read is not none.
  { fields: ["customer_uid", "customer_uid_usage"], changes: ["removed"], is: "as unchanged" },
  { fields: ["customer_uid", "customer_uid_usage"], json: /^""$/, is: "as unchanged" },
  { fields: ["customer_uid", "customer_uid_usage"], json: /^"/, is: "forgery" },
  { fields: ["customer_uid", "customer_uid_usage"], is: "pending" },
  { fields: ["promotion"], changes: ["removed"], is: "as unchanged" },
  { fields: ["promotion"], is: "forgery" },
  // What happened to it. Only "paid" pays, and only whole: a cancelled won is a cancelled payment.
  { fields: ["status"], changes: LOST, is: "pending" },
  { fields: ["status"], json: /^"failed"$/, is: "failed" },
  { fields: ["status"], json: /^"cancelled"$/, is: "closed" },
  { fields: ["status"], json: /^"(paid|ready)"$/, kinds: ["cancelled", "cancelled in part"], is: "closed" },
  // Paid, and nobody knows when; or paid once and now waiting: its account is shown, its window is not.
  { fields: ["status"], json: /^"paid"$/, is: "pending" },
  { fields: ["status"], json: /^"ready"$/, kinds: ["account, paid"], is: "vbankIssued" },
  { fields: ["status"], is: "pending" },
  { fields: ["cancel_amount"], changes: LOST, is: "pending" },
  { fields: ["cancel_amount"], json: /^-?0(\.0)?$/, is: "as unchanged" },
  { fields: ["cancel_amount"], is: "closed" },
  { fields: ["cancel_history"], changes: ["removed"], is: "as unchanged" },
  { fields: ["cancel_history"], changes: ["null", "other type"], is: "pending" },
  { fields: ["cancel_history"], json: /^\[\]$/, is: "as unchanged" },
  { fields: ["cancel_history"], is: "closed" },
  // When. A time is whole seconds; 0 and nothing are "not yet".
  { fields: ["paid_at", "vbank_date"], changes: ["other type"], kinds: OF_ACCOUNTS, is: "pending" },
  { fields: ["paid_at"], changes: ["other type"], is: "pending" },
  { fields: ["paid_at"], json: /[-.e]|\d{13}/, is: "pending" },
  { fields: ["paid_at"], changes: GONE, kinds: [...PAID, ...PARTLY], is: "pending" },
  { fields: ["paid_at"], json: /^0$/, kinds: [...PAID, ...PARTLY], is: "pending" },
  { fields: ["paid_at"], json: /^\d{10,12}$/, kinds: PAID, is: "closed" },
  { fields: ["paid_at"], is: "as unchanged" },
  { fields: ["vbank_date"], json: /[-.e]|\d{13}/, kinds: OF_ACCOUNTS, is: "pending" },
  { fields: ["vbank_date"], json: /^\d{10,12}$/, kinds: ISSUED, is: "closed" },
  { fields: ["vbank_date"], is: "as unchanged" },
  // An account is a number at a bank, or it is none.
  { fields: ["vbank_num", "vbank_name"], changes: LOST, kinds: ISSUED, is: "pending" },
  { fields: ["vbank_num", "vbank_name"], json: /^""$/, kinds: ISSUED, is: "pending" },
  { fields: ["vbank_num", "vbank_name"], is: "as unchanged" },
  { fields: ["vbank_code", "vbank_holder"], is: "as unchanged" },
  // Words for people, and times that decide nothing.
  {
    fields: [
      ...["apply_num", "bank_code", "bank_name", "buyer_addr", "buyer_email", "buyer_name", "buyer_postcode"],
      ...[
        "buyer_tel",
        "cancel_reason",
        "cancel_receipt_urls",
        "cancelled_at",
        "card_code",
        "card_issuer_code",
      ],
      ...["card_issuer_name", "card_name", "card_number", "card_publisher_code", "card_publisher_name"],
      ...["card_quota", "card_type", "cash_receipt_issued", "channel", "custom_data", "deposit_history"],
      ...["emb_pg_provider", "escrow", "fail_reason", "failed_at", "name", "receipt_url", "started_at"],
      ...["user_agent", "vbank_issued_at"],
    ],
    is: "as unchanged",
  },
];

/** The answer that a page must get. A key that stands twice is no answer at all: nobody knows which one counts. */
export function expectedAnswer(kind: AnswerKind, mutation: Mutation): Word {
  if (mutation.change === "twice") return "pending";
  const row = ROWS.find(
    ({ fields, changes, json, kinds }) =>
      fields.includes(mutation.field) &&
      (changes?.includes(mutation.change) ?? true) &&
      (json === undefined || json.test(mutation.json ?? "")) &&
      (kinds?.includes(kind) ?? true),
  );
  if (row === undefined) throw new Error(`The table says nothing of ${mutation.field} ${mutation.change}`);
  return row.is === "as unchanged" ? UNCHANGED[kind] : row.is;
}
