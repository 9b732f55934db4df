import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from "../../domain/strict-json.ts";
import type {
  Attempt,
  AttemptsResult,
  Channel,
  ChannelsResult,
  ListedPayment,
  ListResult,
} from "../gateway.ts";
import { readEnvelope, textAt } from "./envelope.ts";
import type { Answer } from "./exchange.ts";
import { STATUSES } from "./read-payment.ts";
import { isPaymentId } from "./request-line.ts";
import { type Unavailable, unavailable } from "./trouble.ts";

/**
 * The rows of a page of findAll, in the gateway's order. Rows of another order or with an id of another shape are left
 * out: an id from here is asked for next.
 */
export function readAttempts(answer: Answer, orderId: string): AttemptsResult {
  const response = readResponse(answer);
  if (!("value" in response)) return response;
  const list = isJsonObject(response.value) ? response.value["list"] : undefined;
  if (!Array.isArray(list)) return unavailable("bad_envelope");
  const attempts = new Map<string, Attempt>();
  for (const row of list as readonly JsonValue[]) {
    if (!isJsonObject(row)) return unavailable("bad_envelope");
    const paymentId = textAt(row, "imp_uid");
    if (paymentId === undefined || !isPaymentId(paymentId) || row["merchant_uid"] !== orderId) continue;
    if (!attempts.has(paymentId)) attempts.set(paymentId, readAttempt(row, paymentId));
  }
  return { kind: "found", attempts: [...attempts.values()] };
}

const COUNT = /^(?:0|[1-9][0-9]{0,11})$/;

/**
 * One page of `/payments/status`. A page without a readable `total`, or with a row that is none, spoils the answer: nobody
 * would know what it lacks. Rows with an id of another shape are left out: an id from here is asked for next.
 *
 * Source: v1 API, PagedPaymentAnnotation.
 */
export function readList(answer: Answer): ListResult {
  const response = readResponse(answer);
  if (!("value" in response)) return response;
  const page = isJsonObject(response.value) ? response.value : undefined;
  const list = page?.["list"];
  const total = page?.["total"];
  if (!Array.isArray(list) || !(total instanceof JsonNumber) || !COUNT.test(total.numberText)) {
    return unavailable("bad_envelope");
  }
  const payments = new Map<string, ListedPayment>();
  for (const row of list as readonly JsonValue[]) {
    if (!isJsonObject(row)) return unavailable("bad_envelope");
    const paymentId = textAt(row, "imp_uid");
    const orderId = textAt(row, "merchant_uid");
    if (paymentId === undefined || !isPaymentId(paymentId) || orderId === undefined) continue;
    payments.set(paymentId, { ...readAttempt(row, paymentId), orderId });
  }
  return {
    kind: "found",
    total: Number(total.numberText),
    rows: list.length,
    payments: [...payments.values()],
  };
}

function readAttempt(row: JsonObject, paymentId: string): Attempt {
  const cancelled = row["cancel_amount"];
  return {
    paymentId,
    status: STATUSES.get(textAt(row, "status") ?? "") ?? "unknown",
    hasAccount: row["pay_method"] === "vbank" && textAt(row, "vbank_num") !== undefined,
    cancelledText: cancelled instanceof JsonNumber ? cancelled.numberText : "",
  };
}

/**
 * The payment channels. One payment row that cannot be read spoils the answer: a list that lacks a channel would
 * refuse the payments of that channel.
 */
export function readChannels(answer: Answer): ChannelsResult {
  const response = readResponse(answer);
  if (!("value" in response)) return response;
  if (!Array.isArray(response.value)) return unavailable("bad_envelope");
  const channels: Channel[] = [];
  for (const row of response.value as readonly JsonValue[]) {
    if (!isJsonObject(row)) return unavailable("bad_envelope");
    // Identity checks and billing channels are no way to pay an order; a row without a type is one to pay through.
    if (typeof row["type"] === "string" && row["type"] !== "payment") continue;
    const pgProvider = textAt(row, "pg_provider");
    const pgMerchantId = textAt(row, "pg_id");
    const sandbox = row["sandbox"];
    if (pgProvider === undefined || pgMerchantId === undefined || typeof sandbox !== "boolean") {
      return unavailable("bad_envelope");
    }
    channels.push({ pgProvider, pgMerchantId, sandbox });
  }
  return { kind: "found", channels };
}

function readResponse(answer: Answer): { readonly value: JsonValue } | Unavailable {
  if (answer.status !== 200) return unavailable(`http_${answer.status}`);
  const envelope = readEnvelope(answer);
  if (!envelope.ok) return unavailable(envelope.reason);
  return envelope.isSuccess ? { value: envelope.response } : unavailable("refused_by_code");
}
