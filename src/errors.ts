/** May the caller send the same request again? `read_first`: it may have taken effect, look before you repeat. */
export type RetryRule = "safe" | "read_first" | "never";

interface ErrorInfo {
  readonly status: number;
  readonly retry: RetryRule;
  readonly title: string;
}

/** Every stable error code, in one table: `docs/errors.md` is kept equal to it by a test. */
export const ERRORS = {
  malformed_request: {
    status: 400,
    retry: "never",
    title: "The request is not valid JSON of the documented form",
  },
  invalid_request: {
    status: 400,
    retry: "never",
    title: "A field of the request is missing, unknown or not of the documented form",
  },
  invalid_amount: {
    status: 400,
    retry: "never",
    title: "The amount is not a positive amount that the currency can hold",
  },
  invalid_currency: { status: 400, retry: "never", title: "The currency is not an ISO 4217 code" },
  invalid_pay_by: { status: 400, retry: "never", title: "The pay_by time is not a time in the future" },
  invalid_return_url: {
    status: 400,
    retry: "never",
    title: "The return_url is not an address that this server may send buyers to",
  },
  invalid_cursor: { status: 400, retry: "never", title: "The cursor is not one that this server gave" },
  invalid_idempotency_key: {
    status: 400,
    retry: "never",
    title: "The Idempotency-Key is not 1 to 255 visible ASCII characters",
  },
  refund_account_required: {
    status: 400,
    retry: "never",
    title: "The payment came by virtual account: a refund needs an account to go to",
  },
  weak_password: { status: 400, retry: "never", title: "The new password is too easy to guess" },
  invalid_operator_name: {
    status: 400,
    retry: "never",
    title: "The operator's name is not one that an operator may have",
  },
  sign_in_refused: { status: 401, retry: "never", title: "The name or the password is not right" },
  session_required: { status: 401, retry: "never", title: "Nobody is signed in, or the session is over" },
  password_change_required: {
    status: 403,
    retry: "never",
    title: "The password was made by somebody else: only a new one is taken",
  },
  role_required: { status: 403, retry: "never", title: "The operator's role does not allow this" },
  foreign_origin: {
    status: 403,
    retry: "never",
    title: "The request does not come from the console's own pages",
  },
  unauthorized: { status: 401, retry: "never", title: "The API key is missing or not known" },
  not_found: { status: 404, retry: "never", title: "There is nothing under this id" },
  order_exists_with_different_name: {
    status: 409,
    retry: "never",
    title: "The order exists with a different name",
  },
  order_exists_with_different_amount: {
    status: 409,
    retry: "never",
    title: "The order exists with a different amount",
  },
  order_exists_with_different_currency: {
    status: 409,
    retry: "never",
    title: "The order exists with a different currency",
  },
  order_exists_with_different_tax_free: {
    status: 409,
    retry: "never",
    title: "The order exists with a different tax_free",
  },
  order_exists_with_different_vat_amount: {
    status: 409,
    retry: "never",
    title: "The order exists with a different vat_amount",
  },
  order_exists_with_different_customer: {
    status: 409,
    retry: "never",
    title: "The order exists with a different customer",
  },
  order_exists_with_different_pay_by: {
    status: 409,
    retry: "never",
    title: "The order exists with a different pay_by",
  },
  order_exists_with_different_return_url: {
    status: 409,
    retry: "never",
    title: "The order exists with a different return_url",
  },
  order_exists_with_different_metadata: {
    status: 409,
    retry: "never",
    title: "The order exists with a different metadata",
  },
  order_exists_with_different_allowed: {
    status: 409,
    retry: "never",
    title: "The order exists with a different allowed",
  },
  order_already_paid: {
    status: 409,
    retry: "never",
    title: "The order was paid: only a refund undoes that",
  },
  payload_too_large: { status: 400, retry: "never", title: "The body is larger than this address takes" },
  unsupported_media_type: {
    status: 400,
    retry: "never",
    title: "The body is not of the documented media type",
  },
  idempotency_key_reused: {
    status: 422,
    retry: "never",
    title: "The Idempotency-Key was used with another body",
  },
  discrepancy_resolved: { status: 409, retry: "never", title: "The discrepancy was resolved before" },
  discrepancy_not_acceptable: {
    status: 409,
    retry: "never",
    title: "The payment cannot be accepted: more than its time is wrong",
  },
  task_done: { status: 409, retry: "never", title: "The task is done: there is nothing to try again" },
  discrepancy_not_refundable: {
    status: 409,
    retry: "never",
    title: "The discrepancy names no money that can be given back",
  },
  order_not_paid: { status: 409, retry: "never", title: "No payment has paid the order" },
  nothing_to_refund: {
    status: 409,
    retry: "never",
    title: "All of the payment has gone back, or is asked for already",
  },
  refund_exceeds_rest: {
    status: 409,
    retry: "never",
    title: "Less is left of the payment than the refund asks for",
  },
  too_many_refunds: {
    status: 409,
    retry: "never",
    title: "The order has as many refunds as an order can have",
  },
  no_events_endpoint: {
    status: 409,
    retry: "never",
    title: "There is no address for events: DOJANG_EVENTS_URL is not set",
  },
  operator_exists: { status: 409, retry: "never", title: "There is an operator of this name" },
  last_admin: { status: 409, retry: "never", title: "Nobody would be left who can let others in" },
  nothing_to_send: {
    status: 409,
    retry: "never",
    title: "There is nothing to text the buyer about this order",
  },
  too_many_sign_ins: { status: 429, retry: "safe", title: "Too many tries to sign in: wait some minutes" },
  rate_limited: { status: 429, retry: "safe", title: "Too many requests from this address" },
  internal_error: {
    status: 500,
    retry: "read_first",
    title: "Dojang met a fault of its own; it has been logged",
  },
  gateway_unavailable: {
    status: 503,
    retry: "safe",
    title: "The gateway did not answer in time; what is stored was not checked",
  },
  storage_unavailable: {
    status: 503,
    retry: "safe",
    title: "The database cannot take a write now; nothing was changed",
  },
  storage_full: { status: 503, retry: "safe", title: "The database has no room left; nothing was changed" },
  commit_outcome_unknown: {
    status: 503,
    retry: "read_first",
    title: "The database did not confirm the write; it may have taken effect",
  },
  overloaded: { status: 503, retry: "safe", title: "The server is at its limit; nothing was changed" },
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof ERRORS;

/** The world or the caller failed, by name. The message holds no secret and no personal data: it may be shown. */
export class DojangError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DojangError";
    this.code = code;
  }
}
