import { type DecimalText, readDecimal } from "./decimal-text.ts";
import {
  done,
  type ModelState,
  merchantKey,
  type Prepared,
  type Result,
  refuse,
  type Viewer,
} from "./model-state.ts";

const UNREGISTERED = "사전등록된 결제정보가 존재하지 않습니다.";

export interface PrepareRequest {
  readonly merchant_uid?: string | null;
  readonly amount?: string | null;
  readonly currency?: string | null;
}

/**
 * Registers the amount of a merchant_uid before its window opens; a second registration is refused, `PUT` changes it.
 *
 * Source: v1 API, /payments/prepare; docs/iamport-v1.md 5. Only the SDK's windows are held to it.
 */
export function prepare(
  state: ModelState,
  asked: { viewer: Viewer; request: PrepareRequest; verb: "register" | "change" },
): Result<Prepared> {
  const read = readPrepared(asked.request);
  if (!read.ok) return read;
  const key = merchantKey(asked.viewer, read.value.merchant_uid);
  const isThere = state.prepared.has(key);
  if (asked.verb === "change" && !isThere) return refuse(404, -1, UNREGISTERED);
  if (asked.verb === "register" && isThere) {
    const message = "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).";
    return refuse(state.switches.prepareDuplicateStatus, 1, message);
  }
  state.prepared.set(key, read.value);
  state.preparedChanges += 1;
  return done(read.value);
}

function readPrepared(request: PrepareRequest): Result<Prepared> {
  const { merchant_uid, amount } = request;
  if (!merchant_uid || merchant_uid.length > 40)
    return refuse(400, -1, "merchant_uid 파라메터가 올바르지 않습니다.");
  if (!isPositive(amount)) return refuse(400, -1, "amount 파라메터가 올바르지 않습니다.");
  return done({ merchant_uid, amount, currency: request.currency || null });
}

function isPositive(amount: string | null | undefined): amount is DecimalText {
  return amount != null && (readDecimal(amount) ?? 0n) > 0n;
}

/** The registered amount; 404 when there is none. */
export function getPrepared(
  state: ModelState,
  asked: { viewer: Viewer; merchantUid: string },
): Result<Prepared> {
  const found = state.prepared.get(merchantKey(asked.viewer, asked.merchantUid));
  return found ? done(found) : refuse(404, -1, UNREGISTERED);
}
