import type { PaymentFields } from "../payment-record.ts";

/** How the answer to the shop's page is shaped; the address of iamport.js says which. */
export interface AnswerVariants {
  /** `full`: the documented fields. `four`: what new-generation PGs give. `imp_success`: as full, the flag renamed. */
  callback: "full" | "four" | "imp_success";
  /** Which hints m_redirect_url gets beside the ids. `no_imp_uid` leaves the payment's own id out, too. */
  redirect: "full" | "success" | "none" | "no_imp_uid";
}

/** Why the payment did not go through, in the words that the shop's page gets. */
export interface PayFailure {
  error_code: string;
  error_msg: string;
}

export interface Ending {
  merchantUid: string;
  /** Absent when the gateway refused before there was a record. */
  impUid?: string;
  /** Absent, too, when the buyer closed the window and the outcome is not known. */
  payment?: PaymentFields;
  failure?: PayFailure;
}

/**
 * The object that the callback of request_pay gets.
 *
 * Source: docs/iamport-v1.md 9.3. With the new-generation PGs only imp_uid, merchant_uid, error_code and
 * error_msg come; some PGs say imp_success instead of success; a virtual account counts as success.
 */
export function callbackFields(ending: Ending, variant: AnswerVariants["callback"]): Record<string, unknown> {
  const { payment, failure } = ending;
  const four = { imp_uid: ending.impUid ?? null, merchant_uid: ending.merchantUid, ...failure };
  if (variant === "four") return four;
  const flag = { [variant === "imp_success" ? "imp_success" : "success"]: failure === undefined, ...four };
  return payment ? { ...flag, ...documentedFields(payment) } : flag;
}

function documentedFields(payment: PaymentFields): Record<string, unknown> {
  const { vbank_num, vbank_name, vbank_holder, vbank_date } = payment;
  return {
    pay_method: payment.pay_method,
    paid_amount: Number(payment.amount), // the SDK's own field: REST has no paid_amount
    status: payment.status,
    name: payment.name,
    pg_provider: payment.pg_provider,
    emb_pg_provider: payment.emb_pg_provider,
    pg_tid: payment.pg_tid,
    pg_type: "payment",
    buyer_name: payment.buyer_name,
    buyer_email: payment.buyer_email,
    buyer_tel: payment.buyer_tel,
    buyer_addr: payment.buyer_addr,
    buyer_postcode: payment.buyer_postcode,
    custom_data: payment.custom_data,
    currency: payment.currency,
    paid_at: payment.paid_at,
    receipt_url: payment.receipt_url,
    apply_num: payment.apply_num,
    card_name: payment.card_name,
    card_number: payment.card_number,
    card_quota: payment.card_quota,
    bank_name: payment.bank_name,
    ...(vbank_num === null ? {} : { vbank_num, vbank_name, vbank_holder, vbank_date }),
  };
}

/**
 * Where a page that left for the window comes back to.
 *
 * Source: docs/iamport-v1.md 8.4: both ids always; error_code and error_msg on failure; imp_success, success,
 * or neither, by PG; one official example carries merchant_uid alone.
 *
 * @returns undefined when the shop gave no address that a browser may be sent to
 */
export function redirectUrl(
  ending: Ending,
  to: { url: unknown; variant: AnswerVariants["redirect"] },
): string | undefined {
  if (typeof to.url !== "string" || !URL.canParse(to.url)) return undefined;
  const url = new URL(to.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined; // javascript: and its like
  const impUid = to.variant === "no_imp_uid" ? undefined : ending.impUid;
  if (impUid !== undefined) url.searchParams.set("imp_uid", impUid);
  url.searchParams.set("merchant_uid", ending.merchantUid);
  const flag = { full: "imp_success", success: "success", none: undefined, no_imp_uid: undefined }[
    to.variant
  ];
  if (flag !== undefined) url.searchParams.set(flag, String(ending.failure === undefined));
  for (const [name, text] of Object.entries(ending.failure ?? {})) url.searchParams.set(name, text);
  return url.href;
}
