import { isCurrency } from "../../domain/currency.ts";
import { amountText, type Money, readAmount, sameMoney } from "../../domain/money.ts";
import { isJsonObject, JsonNumber } from "../../domain/strict-json.ts";
import type { GatewayTrouble, PrepareResult } from "../gateway.ts";
import { isGatewayRefusal, readEnvelope } from "./envelope.ts";
import type { CallPlan } from "./iamport-client.ts";
import { changePreparedLine, preparedLine, registerPreparedLine } from "./request-line.ts";
import type { Called } from "./sender.ts";
import { isTrouble, outcomeUnknown, unavailable } from "./trouble.ts";

interface Wanted {
  readonly orderId: string;
  readonly amount: Money;
}

type Call = (plan: Pick<CallPlan, "line" | "body">) => Promise<Called | GatewayTrouble>;

/** What the gateway says it holds, beside what it should. `refused`: it says no, or that it holds nothing. */
type Held = "same" | "different" | "refused" | GatewayTrouble;

/**
 * Has the gateway hold an order's amount and currency ahead of its window: registers it, reads what is there when that is refused,
 * and changes it when it differs. May be repeated at any time.
 *
 * Source: docs/iamport-v1.md 5: a second POST is refused with code 1 and changes nothing; a null currency is not compared, so it counts
 * as another one here.
 */
export async function prepareAmount(call: Call, wanted: Wanted): Promise<PrepareResult> {
  const body = bodyOf(wanted);
  const ask = async (plan: Parameters<Call>[0]) => heldBy(await call(plan), wanted);
  const registered = await ask({ line: registerPreparedLine, body });
  const held = registered === "refused" ? await ask({ line: preparedLine(wanted.orderId) }) : registered;
  if (held === "refused") return { kind: "refused", reason: "refused_by_code" };
  const changed = held === "different" ? await ask({ line: changePreparedLine, body }) : held;
  switch (changed) {
    case "same":
      return { kind: "prepared" };
    case "different":
      return { kind: "refused", reason: "keeps_another_amount" };
    case "refused":
      return { kind: "refused", reason: "change_refused" };
    default:
      return changed;
  }
}

/** The amount is written digit by digit: no float stands between the order and the wire. */
function bodyOf({ orderId, amount }: Wanted): string {
  const [id, currency] = [JSON.stringify(orderId), JSON.stringify(amount.currency)];
  return `{"merchant_uid":${id},"amount":${amountText(amount)},"currency":${currency}}`;
}

function heldBy(called: Called | GatewayTrouble, { orderId, amount }: Wanted): Held {
  if (isTrouble(called)) return called;
  const { answer } = called;
  const { status } = answer;
  if (status < 500 && status !== 429 && isGatewayRefusal(answer)) return "refused";
  // The request was read by someone: it may have been carried out.
  if (status !== 200) return status >= 500 ? outcomeUnknown(`http_${status}`) : unavailable(`http_${status}`);
  const envelope = readEnvelope(answer);
  if (!envelope.ok) return outcomeUnknown(envelope.reason);
  const { response } = envelope;
  if (!isJsonObject(response) || response["merchant_uid"] !== orderId) return outcomeUnknown("bad_envelope");
  const { amount: held, currency } = response;
  if (!(held instanceof JsonNumber)) return outcomeUnknown("bad_envelope");
  if (typeof currency !== "string" || !isCurrency(currency)) return "different";
  const reading = readAmount(held.numberText, currency);
  return reading.ok && sameMoney(reading.money, amount) ? "same" : "different";
}
