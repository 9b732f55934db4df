import type { CompleteOutcome } from "../domain/outcome.ts";
import { accountAnswer } from "./order-answer.ts";

/** Seconds until a buyer's page should ask again. */
export const PENDING_RETRY_AFTER_S = 2;

export interface CompleteAnswerBody {
  readonly status: string;
  readonly message: string;
  readonly merchant_uid?: string;
  readonly vbank_num?: string;
  readonly vbank_name?: string;
  readonly vbank_holder?: string;
  readonly vbank_date?: string;
}

/** One answer per outcome. The buyer's page is told little: not which clause failed, not whose order it was. */
export function completeAnswer(outcome: CompleteOutcome): {
  readonly code: number;
  readonly body: CompleteAnswerBody;
} {
  switch (outcome.kind) {
    case "success":
      return { code: 200, body: { status: "success", message: "General payment successful" } };
    case "account_issued": {
      const { vbank_holder, ...account } = accountAnswer(outcome.account, outcome);
      const message = "Virtual account issued successfully";
      return {
        code: 200,
        body: { status: "vbankIssued", message, ...account, vbank_holder: vbank_holder ?? "" },
      };
    }
    case "pending":
      return {
        code: 202,
        body: { status: "pending", message: "The payment is being looked at; ask again shortly" },
      };
    case "forgery":
      return { code: 400, body: { status: "forgery", message: "Forged/falsified payment attempted" } };
    case "failed":
      return { code: 402, body: { status: "failed", message: "The payment failed; it can be tried again" } };
    case "not_found":
      return { code: 404, body: { status: "notFound", message: "There is no such payment for this order" } };
    case "closed":
      return { code: 409, body: { status: "closed", message: "This payment can no longer pay the order" } };
  }
}
