import { request } from "undici";
import type { PaymentRecord } from "./payment-record.ts";
import type { Switches } from "./switches.ts";

const TIMEOUT_MS = 10_000;

/**
 * Asks the shop's `confirm_url` before approval: 200 lets the payment through, anything else ends it.
 *
 * Source: docs/iamport-v1.md 8.5, timeout and wording included.
 *
 * @returns why the payment must fail, or undefined to go on
 */
export async function askConfirmUrl(payment: PaymentRecord, switches: Switches): Promise<string | undefined> {
  const { confirmUrl } = payment.meta;
  if (confirmUrl === null || !switches.confirmProcess) return undefined;
  const { imp_uid, merchant_uid, amount } = payment;
  const isJson = switches.confirmUrlFormat === "json";
  try {
    const answer = await request(confirmUrl, {
      method: "POST",
      headers: { "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded" },
      body: isJson
        ? `{"imp_uid":${JSON.stringify(imp_uid)},"merchant_uid":${JSON.stringify(merchant_uid)},"amount":${amount}}`
        : new URLSearchParams({ imp_uid, merchant_uid, amount }).toString(),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.body.text();
    return answer.statusCode === 200 ? undefined : stopped(reasonIn(text));
  } catch {
    return stopped(undefined); // no answer counts as a refusal
  }
}

function stopped(reason: string | undefined): string {
  return `고객사 요청에 의해 결제를 중단합니다. (상세사유 : ${reason ?? "알 수 없음"})`;
}

function reasonIn(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const reason = (parsed as { reason?: unknown } | null)?.reason;
    return typeof reason === "string" && reason !== "" ? reason : undefined;
  } catch {
    return undefined; // the body is optional and may be anything
  }
}
