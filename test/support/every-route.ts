import type { Answer, TestDojang } from "./dojang.ts";
import { TEST_API_KEY } from "./dojang.ts";

/** One answer, and which route gave it. */
export interface RouteAnswer {
  /** `POST /payments/complete`, as OpenAPI writes it. */
  readonly route: string;
  /** The request line as sent. */
  readonly line: string;
  readonly answer: Answer;
}

interface Subject {
  readonly merchantUid: string;
  readonly impUid: string;
  readonly customer: Readonly<Record<"id" | "name" | "email" | "tel", string>>;
}

type Call = readonly [route: string, path: string, options?: Parameters<TestDojang["request"]>[2]];

const UNKNOWN_PAYMENT = "imp_000000000000";
const PAST_HOUR = { from: "2026-01-01T00:00:00Z", to: "2026-01-01T01:00:00Z", dry_run: true };
const FORM = "application/x-www-form-urlencoded";

/** Every route, asked rightly and wrongly, about this order: one request after another, so that a fault meets each. */
export async function askEveryRoute(dojang: TestDojang, subject: Subject): Promise<RouteAnswer[]> {
  const answers: RouteAnswer[] = [];
  for (const [route, path, options] of [
    ...buyersCalls(subject),
    ...shopsCalls(subject),
    ...followUpCalls(subject),
    ...otherCalls(subject),
  ]) {
    const [method = ""] = route.split(" ");
    const answer = await dojang.request(method, path, options);
    answers.push({ route, line: `${method} ${path}`, answer });
  }
  return answers;
}

function buyersCalls({ merchantUid, impUid, customer }: Subject): Call[] {
  const ids = { imp_uid: impUid, merchant_uid: merchantUid };
  const query = (fields: Record<string, string>) => `/payments/redirect?${new URLSearchParams(fields)}`;
  return [
    ["POST /payments/complete", "/payments/complete", { body: ids }],
    ["POST /payments/complete", "/payments/complete", { body: { ...ids, imp_uid: UNKNOWN_PAYMENT } }],
    ["POST /payments/complete", "/payments/complete", { body: { ...ids, merchant_uid: "not-here-at-all" } }],
    ["POST /payments/complete", "/payments/complete", { body: { ...ids, buyer: customer } }],
    ["POST /payments/complete", "/payments/complete", { rawBody: `{"imp_uid":"${customer.tel}",` }],
    [
      "POST /payments/complete",
      "/payments/complete",
      { body: ids, headers: { "content-type": "text/plain" } },
    ],
    [
      "POST /payments/complete",
      "/payments/complete",
      { body: { imp_uid: customer.email, merchant_uid: customer.tel } },
    ],
    ["POST /payments/confirm", "/payments/confirm", { body: { ...ids, amount: 1, buyer_tel: customer.tel } }],
    [
      "POST /payments/confirm",
      "/payments/confirm",
      { body: { ...ids, merchant_uid: customer.email, amount: 1 } },
    ],
    ["POST /payments/confirm", "/payments/confirm", { body: { ...ids, amount: customer.tel } }],
    ["POST /payments/confirm", "/payments/confirm", { body: { imp_uid: customer.tel } }],
    ["GET /payments/redirect", query(ids)],
    ["GET /payments/redirect", query({ ...ids, imp_uid: UNKNOWN_PAYMENT })],
    ["GET /payments/redirect", query({ ...ids, error_msg: customer.name, buyer_tel: customer.tel })],
    ["GET /payments/redirect", query({ merchant_uid: customer.email })],
    ["POST /webhooks/iamport", "/webhooks/iamport", { body: { ...ids, status: "paid" } }],
    ["POST /webhooks/iamport", "/webhooks/iamport", { body: { imp_uid: customer.tel } }],
    [
      "POST /webhooks/iamport",
      "/webhooks/iamport",
      {
        rawBody: new URLSearchParams({ ...ids, buyer_tel: customer.tel }).toString(),
        headers: { "content-type": FORM },
      },
    ],
    ["GET /checkout/{merchant_uid}", `/checkout/${merchantUid}`],
    ["GET /checkout/{merchant_uid}", "/checkout/not-here-at-all"],
    ["GET /checkout/{merchant_uid}", `/checkout/${merchantUid}?status=${encodeURIComponent(customer.tel)}`],
    ["GET /checkout/{merchant_uid}/state", `/checkout/${merchantUid}/state`],
    ["GET /checkout/{merchant_uid}/state", `/checkout/${encodeURIComponent(customer.email)}/state`],
    ["GET /healthz", "/healthz"],
    ["GET /readyz", "/readyz"],
  ];
}

/** What a shop asks after the payment. */
function followUpCalls({ merchantUid, customer }: Subject): Call[] {
  const cancel = "POST /v1/orders/{merchant_uid}/cancel";
  const resolve = "POST /v1/discrepancies/{id}/resolve";
  const resolvePath = "/v1/discrepancies/dsc_00000000000000000000000000000/resolve";
  return [
    ["POST /v1/orders/{merchant_uid}/verify", `/v1/orders/${merchantUid}/verify`],
    ["POST /v1/orders/{merchant_uid}/verify", "/v1/orders/not-here-at-all/verify"],
    ...refundCalls(merchantUid, customer),
    [cancel, `/v1/orders/${merchantUid}/cancel`, { body: { reason: customer.name, tel: customer.tel } }],
    [cancel, "/v1/orders/not-here-at-all/cancel", { body: { reason: customer.name } }],
    ["GET /v1/orders/{merchant_uid}/timeline", `/v1/orders/${merchantUid}/timeline`],
    ["GET /v1/orders/{merchant_uid}/audit", `/v1/orders/${merchantUid}/audit`],
    ["GET /v1/orders/{merchant_uid}/audit", `/v1/orders/${encodeURIComponent(customer.email)}/audit`],
    ["GET /v1/audit", "/v1/audit"],
    ["GET /v1/audit", `/v1/audit?${new URLSearchParams({ cursor: customer.email })}`],
    ["GET /v1/reports/daily", "/v1/reports/daily?date=2026-08-01"],
    ["GET /v1/reports/daily", "/v1/reports/daily?date=2026-08-01&format=csv"],
    ["GET /v1/reports/daily", `/v1/reports/daily?${new URLSearchParams({ date: customer.tel })}`],
    ["GET /v1/discrepancies", "/v1/discrepancies?status=open"],
    ["GET /v1/discrepancies", `/v1/discrepancies?${new URLSearchParams({ cursor: customer.email })}`],
    [resolve, resolvePath, { body: { action: "dismiss", reason: customer.name } }],
    [resolve, resolvePath, { body: { action: customer.tel, reason: "x" } }],
    ["GET /v1/deliveries", "/v1/deliveries"],
    ["GET /v1/deliveries", `/v1/deliveries?${new URLSearchParams({ state: customer.tel })}`],
    ["POST /v1/events/enable", "/v1/events/enable"],
    ["POST /v1/events/test", "/v1/events/test"],
    ["POST /v1/deliveries/{id}/retry", "/v1/deliveries/evt_00000000000000000000000000000/retry"],
    ["POST /v1/reconcile", "/v1/reconcile", { body: { from: customer.tel, to: customer.email } }],
    ["POST /v1/reconcile", "/v1/reconcile", { body: PAST_HOUR }],
    ["GET /v1/reconcile/{id}", `/v1/reconcile/${encodeURIComponent(customer.email)}`],
    ["GET /v1/tasks", `/v1/tasks?merchant_uid=${merchantUid}`],
    ["GET /v1/tasks", `/v1/tasks?${new URLSearchParams({ kind: customer.tel })}`],
    ["POST /v1/tasks/{key}/retry", `/v1/tasks/look:${merchantUid}/retry`],
    ["POST /v1/tasks/{key}/retry", `/v1/tasks/${encodeURIComponent(`look:${customer.email}`)}/retry`],
  ];
}

/** Refused, each for another reason: nothing of the stage goes back. */
function refundCalls(merchantUid: string, customer: Subject["customer"]): Call[] {
  const route = "POST /v1/orders/{merchant_uid}/refunds";
  const path = `/v1/orders/${merchantUid}/refunds`;
  const headers = { "idempotency-key": "every-route-1" };
  const account = { bank: "88", account: customer.tel, holder: customer.name };
  const body = { amount: 1000, reason: customer.name };
  return [
    [route, path, { body }],
    [route, path, { body: { ...body, amount: customer.tel }, headers }],
    [route, path, { body: { ...body, amount: 0 }, headers }],
    [route, path, { body: { ...body, refund_account: account }, headers }],
    [route, "/v1/orders/not-here-at-all/refunds", { body, headers }],
  ];
}

function shopsCalls({ merchantUid, impUid, customer }: Subject): Call[] {
  const order = { name: "감귤 5kg", amount: 50_000, customer };
  const list = (fields: Record<string, string>) => `/v1/orders?${new URLSearchParams(fields)}`;
  return [
    ["POST /v1/orders", "/v1/orders", { body: order }],
    [
      "POST /v1/orders",
      "/v1/orders",
      { body: { ...order, merchant_uid: merchantUid, customer: { id: "another" } } },
    ],
    [
      "POST /v1/orders",
      "/v1/orders",
      { body: { ...order, customer: { ...customer, tel: `${customer.tel}x` } } },
    ],
    ["POST /v1/orders", "/v1/orders", { body: { ...order, [customer.email]: true } }],
    [
      "POST /v1/orders",
      "/v1/orders",
      { body: { ...order, pay_by: customer.email, return_url: customer.tel } },
    ],
    ["POST /v1/orders", "/v1/orders", { body: order, headers: { "idempotency-key": `${customer.email} 2` } }],
    ["GET /v1/orders", "/v1/orders"],
    ["GET /v1/orders", list({ q: customer.tel })],
    ["GET /v1/orders", list({ q: customer.email })],
    ["GET /v1/orders", list({ q: impUid })],
    ["GET /v1/orders", list({ cursor: customer.email })],
    ["GET /v1/orders", list({ status: customer.tel })],
    ["GET /v1/orders", list({ [customer.email]: customer.tel })],
    ["GET /v1/orders/{merchant_uid}", `/v1/orders/${merchantUid}`],
    ["GET /v1/orders/{merchant_uid}", `/v1/orders/${encodeURIComponent(customer.email)}`],
    ["GET /v1/customers/{id}", `/v1/customers/${encodeURIComponent(customer.id)}`],
    ["GET /v1/customers/{id}", `/v1/customers/${encodeURIComponent(customer.email)}`],
    ["GET /v1/orders", "/v1/orders", { headers: { authorization: `Bearer ${TEST_API_KEY}x` } }],
    ["GET /v1/orders", "/v1/orders", { headers: { authorization: TEST_API_KEY } }],
    ["GET /v1/orders", `/v1/orders?api_key=${TEST_API_KEY}`, { isShop: false }],
  ];
}

function otherCalls({ merchantUid, customer }: Subject): Call[] {
  const tel = encodeURIComponent(customer.tel);
  return [
    ["GET /openapi.json", "/openapi.json"],
    ["GET /docs", "/docs"],
    ["GET /docs/", "/docs/"],
    ["GET /docs/json", "/docs/json"],
    ["GET /nowhere", `/nowhere/${tel}?email=${encodeURIComponent(customer.email)}`],
    ["GET /v1/nowhere", `/v1/nowhere/${tel}`],
    ["GET /bad-escape", "/checkout/%E0%A4%A"],
    ["DELETE /v1/orders/{merchant_uid}", `/v1/orders/${merchantUid}`],
    ["PUT /payments/complete", "/payments/complete", { body: customer }],
    ["OPTIONS /payments/complete", "/payments/complete", { headers: { origin: `https://${tel}.example` } }],
  ];
}
