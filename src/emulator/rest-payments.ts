import { subtractDecimals } from "./decimal-text.ts";
import { type Answer, answerError, answerWith } from "./envelope.ts";
import type { ListQuery, Page } from "./model-lookup.ts";
import type { Prepared } from "./model-state.ts";
import { decimalJson, paymentBody, paymentJson } from "./payment-json.ts";
import type { PaymentRecord } from "./payment-record.ts";
import { RawJson } from "./php-json.ts";
import { flagOf, listOf, textOf } from "./request-params.ts";
import { type AuthorisedCall, answerResult, type RestDeps } from "./rest-call.ts";

export function showPayment(deps: RestDeps, payment: PaymentRecord): Answer {
  return { status: 200, body: paymentBody(payment, deps.model.switches.newerFields), payment };
}

function showAll(deps: RestDeps, payments: readonly PaymentRecord[]): RawJson {
  const { newerFields } = deps.model.switches;
  return new RawJson(`[${payments.map((payment) => paymentJson(payment, { newerFields })).join(",")}]`);
}

/** GET /payments/{imp_uid}. Source: docs/iamport-v1.md 3. */
export function getPaymentById(deps: RestDeps, call: AuthorisedCall & { impUid: string }): Answer {
  const includeSandbox = flagOf(call.query.get("include_sandbox"));
  return answerResult(
    deps.model.getPayment(call.viewer, { impUid: call.impUid, includeSandbox }),
    (payment) => showPayment(deps, payment),
  );
}

/** GET /payments?imp_uid[]=...&merchant_uid[]=...: 207 when some are not found. */
export function getSeveralPayments(deps: RestDeps, call: AuthorisedCall): Answer {
  const asked = { impUids: listOf(call.query, "imp_uid"), merchantUids: listOf(call.query, "merchant_uid") };
  return answerResult(deps.model.getPayments(call.viewer, asked), ({ payments, isPartial }) =>
    answerWith(showAll(deps, payments), isPartial ? 207 : 200),
  );
}

function listQuery(call: AuthorisedCall): ListQuery {
  const { query } = call;
  return {
    page: query.get("page"),
    limit: query.get("limit"),
    sorting: query.get("sorting"),
    from: query.get("from"),
    to: query.get("to"),
  };
}

function showPage(deps: RestDeps, page: Page): Answer {
  return answerWith({ ...page, list: showAll(deps, page.list) });
}

type Found = AuthorisedCall & { merchantUid: string; status: string | null };

/** GET /payments/find/{merchant_uid}[/{payment_status}]. */
export function getFoundPayment(deps: RestDeps, call: Found): Answer {
  const { merchantUid, status } = call;
  const asked = { merchantUid, status, sorting: call.query.get("sorting") };
  return answerResult(deps.model.findPayment(call.viewer, asked), (payment) => showPayment(deps, payment));
}

/** GET /payments/findAll/{merchant_uid}[/{payment_status}]. */
export function getAllFoundPayments(deps: RestDeps, call: Found): Answer {
  const { merchantUid, status } = call;
  const asked = { merchantUid, status, query: listQuery(call) };
  return answerResult(deps.model.findAllPayments(call.viewer, asked), (page) => showPage(deps, page));
}

/** GET /payments/status/{payment_status}. */
export function getPaymentsByStatus(deps: RestDeps, call: AuthorisedCall & { status: string }): Answer {
  const asked = { status: call.status, query: listQuery(call) };
  return answerResult(deps.model.listByStatus(call.viewer, asked), (page) => showPage(deps, page));
}

function showPrepared(prepared: Prepared): Answer {
  return answerWith({ ...prepared, amount: decimalJson(prepared.amount) });
}

/** POST and PUT /payments/prepare. Source: docs/iamport-v1.md 5. */
export function putPrepared(deps: RestDeps, call: AuthorisedCall): Answer {
  const { params, viewer } = call;
  const request = {
    merchant_uid: textOf(params, "merchant_uid"),
    amount: textOf(params, "amount"),
    currency: textOf(params, "currency"),
  };
  const verb = call.method === "PUT" ? "change" : "register";
  return answerResult(deps.model.prepare(viewer, { request, verb }), showPrepared);
}

/** GET /payments/prepare/{merchant_uid}. */
export function getPreparedAmount(deps: RestDeps, call: AuthorisedCall & { merchantUid: string }): Answer {
  return answerResult(deps.model.getPrepared(call.viewer, call.merchantUid), showPrepared);
}

/** POST /payments/cancel. Source: docs/iamport-v1.md 6; a webhook leaves only with enable_webhook. */
export function postCancel(deps: RestDeps, call: AuthorisedCall): Answer {
  const { params } = call;
  const text = (name: string) => textOf(params, name);
  const request = {
    imp_uid: text("imp_uid"),
    merchant_uid: text("merchant_uid"),
    amount: text("amount"),
    tax_free: text("tax_free"),
    vat_amount: text("vat_amount"),
    checksum: text("checksum"),
    reason: text("reason"),
    refund_holder: text("refund_holder"),
    refund_bank: text("refund_bank"),
    refund_account: text("refund_account"),
    enable_webhook: flagOf(params["enable_webhook"]),
  };
  return answerResult(deps.model.cancel(call.viewer, request), ({ payment, cancellation, notify }) => {
    const answer = showPayment(deps, payment);
    if (notify) {
      const cancellation_id = cancellation?.cancellation_id;
      deps.webhooks.notify(payment, { fields: { status: "cancelled", cancellation_id } });
    }
    return answer;
  });
}

/** GET /payments/{imp_uid}/balance: PAYCO only, 405 for the rest. Source: docs/iamport-v1.md 3. */
export function getBalance(deps: RestDeps, call: AuthorisedCall & { impUid: string }): Answer {
  const found = deps.model.getPayment(call.viewer, { impUid: call.impUid, includeSandbox: true });
  return answerResult(found, (payment) => {
    if (payment.pg_provider !== "payco")
      return answerError(405, -1, "결제금액 상세조회를 지원하지 않는 PG사입니다.");
    const left = decimalJson(subtractDecimals(payment.amount, payment.cancel_amount));
    const none = { tax_free: 0, supply: 0, vat: 0, service: 0 };
    const taxFree = decimalJson(subtractDecimals(payment.meta.taxFree, payment.meta.taxFreeCancelled));
    const supply = decimalJson(subtractDecimals(left.text, taxFree.text));
    const primary = { ...none, supply, tax_free: taxFree };
    return answerWith({
      amount: left,
      cash_receipt: none,
      primary,
      secondary: none,
      discount: none,
      histories: [],
    });
  });
}
