import type { ConfirmOutcome } from "../usecases/confirm-payment.ts";

type Reason = Extract<ConfirmOutcome, { kind: "refused" }>["reason"];

const AGAIN = [
  "결제를 확인할 수 없습니다. 잠시 후 다시 시도해 주세요",
  "The payment could not be checked: try again shortly",
] as const;

/** The buyer reads these: Korean, and English for an order that is not in won. An unknown order learns nothing. */
const WORDS: Readonly<Record<Reason, readonly [korean: string, english: string]>> = {
  unknown_order: ["결제할 수 없는 주문입니다", "This order cannot be paid"],
  other_amount: ["결제 금액이 주문 금액과 다릅니다", "The amount is not what the order costs"],
  already_paid: ["이미 결제된 주문입니다", "This order was paid before"],
  order_closed: ["취소되었거나 만료된 주문입니다", "This order was cancelled or has expired"],
  too_late: ["결제 기한이 지났습니다", "The time to pay has passed"],
  another_in_approval: ["이 주문의 다른 결제가 진행 중입니다", "Another payment of this order is under way"],
  shop_refused: ["판매자가 주문을 받을 수 없습니다", "The shop cannot take this order"],
  shop_silent: AGAIN,
  too_slow: AGAIN,
};

/** What the buyer reads when nothing could be found out. */
export const CONFIRM_TROUBLE: string = AGAIN[0];

export function confirmAnswer(outcome: ConfirmOutcome): {
  readonly code: number;
  readonly body: { reason?: string };
} {
  if (outcome.kind === "let_through") return { code: 200, body: {} };
  const { reason, words, currency = "KRW" } = outcome;
  const [korean, english] = WORDS[reason];
  return { code: 409, body: { reason: words ?? (currency === "KRW" ? korean : english) } };
}
