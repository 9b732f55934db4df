import { readVbankDue } from "../korean-due.ts";
import type { WindowOpening, WindowOutcome, WindowRequest, WindowSettlement } from "../model-window.ts";
import { BANKS, CARDS } from "../standard-codes.ts";
import { type AnswerVariants, callbackFields, type Ending, redirectUrl } from "./shop-answer.ts";
import { jsonReply, type PageReply } from "./static-files.ts";

/** What the payment window needs of the emulator behind it. */
export interface WindowDesk {
  /** Writes the `ready` record, or refuses. */
  open(request: WindowRequest): WindowOpening;
  /** Ends the window the buyer's way, webhooks and the confirm call included; undefined when none is open. */
  settle(impUid: string, outcome: WindowOutcome): Promise<WindowSettlement | undefined>;
  /** The channel's name as the merchant sees it. */
  channelName(payment: { meta: { userCode: string; channelKey: string | null } }): string;
}

/** What the shop's page asked for. All of it comes from a browser. */
interface Order {
  params: Record<string, unknown>;
  userCode: string;
  tier: string | null;
  variants: AnswerVariants;
  redirects: boolean;
}

const EASY_PAYS: Readonly<Record<string, string>> = {
  kakaopay: "카카오페이",
  naverpay: "네이버페이",
  tosspay: "토스페이",
  payco: "페이코",
};

/** The buyer left without a result: the record stays `ready`, as at the gateway (docs/iamport-v1.md 4.1). */
const CLOSED = { error_code: "F0003", error_msg: "사용자가 결제창을 닫았습니다." };

const UNREADABLE = jsonReply(400, {
  message: "결제 요청을 읽을 수 없습니다. The payment request cannot be read.",
});

/** Opens the window for what the shop's page asked, or says at once how the payment ended. */
export function answerOpen(desk: WindowDesk, call: { body: unknown; userAgent: string }): PageReply {
  const order = readOrder(call.body);
  return order ? openWindow(desk, order, call.userAgent) : UNREADABLE;
}

/** Ends the window the buyer's way, and says what the shop's page is to be told. */
export async function answerFinish(desk: WindowDesk, body: unknown): Promise<PageReply> {
  const order = readOrder(body);
  return order ? finishWindow(desk, order, body) : UNREADABLE;
}

function openWindow(desk: WindowDesk, order: Order, userAgent: string): PageReply {
  const opening = desk.open({
    userCode: order.userCode,
    tier: order.tier,
    params: order.params,
    environment: order.redirects ? "mobile" : "pc",
    userAgent,
  });
  if (!opening.ok) {
    const { merchant_uid: merchantUid, error_code, error_msg } = opening;
    return jsonReply(200, { outcome: outcomeOf(order, { merchantUid, failure: { error_code, error_msg } }) });
  }
  const { payment } = opening;
  const easyPay = payment.pay_method in EASY_PAYS ? payment.pay_method : "kakaopay";
  return jsonReply(200, {
    imp_uid: payment.imp_uid,
    merchant_uid: payment.merchant_uid,
    name: payment.name,
    amount: payment.amount,
    currency: payment.currency,
    sandbox: payment.sandbox,
    channel_name: desk.channelName(payment),
    method: methodOf(payment.pay_method),
    easy_pay: easyPay,
    vbank_due: koreanLocal(payment.vbank_date || payment.started_at + 24 * 60 * 60),
    cards: Object.entries(CARDS),
    easy_pays: Object.entries(EASY_PAYS),
    banks: Object.entries(BANKS),
  });
}

/** Which of the window's own ways is open at first. */
function methodOf(payMethod: string): string {
  if (payMethod in EASY_PAYS) return "easy";
  return ["trans", "vbank", "phone"].includes(payMethod) ? payMethod : "card";
}

async function finishWindow(desk: WindowDesk, order: Order, body: unknown): Promise<PageReply> {
  const { imp_uid: impUid, decision } = body as Record<string, unknown>;
  const merchantUid = String(order.params["merchant_uid"]);
  if (typeof impUid !== "string" || typeof decision !== "object" || decision === null) {
    return jsonReply(400, { message: "결정을 읽을 수 없습니다. The decision cannot be read." });
  }
  const wish = decision as Record<string, unknown>;
  if (wish["choice"] === "close") {
    const failure = CLOSED;
    return jsonReply(200, { outcome: outcomeOf(order, { merchantUid, impUid, failure }) });
  }
  const outcome = outcomeFor(wish);
  if (!outcome) return jsonReply(400, { message: "모르는 결제 수단입니다. There is no such choice." });
  const settled = await desk.settle(impUid, outcome);
  if (!settled) return jsonReply(409, { message: "이미 끝난 결제창입니다. This window is over." });
  const ending = { merchantUid: settled.payment.merchant_uid, impUid, payment: settled.payment };
  if (settled.ok) return jsonReply(200, { outcome: outcomeOf(order, ending) });
  const { error_code, error_msg } = settled;
  return jsonReply(200, { outcome: outcomeOf(order, { ...ending, failure: { error_code, error_msg } }) });
}

/** The buyer's choice in the model's words. */
function outcomeFor(wish: Record<string, unknown>): WindowOutcome | undefined {
  const text = (name: string) => (typeof wish[name] === "string" ? wish[name] : "");
  switch (wish["choice"]) {
    case "card":
      return text("card_code") in CARDS
        ? { kind: "card", cardCode: text("card_code"), quota: Number(wish["quota"]) || 0 }
        : undefined;
    case "easy":
      return text("easy_pay") in EASY_PAYS ? { kind: "easypay", provider: text("easy_pay") } : undefined;
    case "trans":
      return text("bank_code") in BANKS ? { kind: "trans", bankCode: text("bank_code") } : undefined;
    case "phone":
      return { kind: "phone" };
    case "vbank": {
      const due = readVbankDue(text("due"));
      if (!(text("bank_code") in BANKS) || due === undefined) return undefined;
      return { kind: "vbank", bankCode: text("bank_code"), due };
    }
    case "fail":
      return { kind: "fail", reason: text("reason").slice(0, 80) };
    case "cancel":
      return { kind: "cancel" };
    default:
      return undefined;
  }
}

/** The callback's argument for a page that waits, or the address for a page that left. */
function outcomeOf(
  order: Order,
  ending: Ending,
): { callback: Record<string, unknown>; redirect_url?: string } {
  const callback = callbackFields(ending, order.variants.callback);
  const to = { url: order.params["m_redirect_url"], variant: order.variants.redirect };
  const redirect_url = order.redirects ? redirectUrl(ending, to) : undefined;
  return redirect_url === undefined ? { callback } : { callback, redirect_url };
}

function readOrder(body: unknown): Order | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { params, user_code, tier, variants, redirects } = body as Record<string, unknown>;
  if (typeof params !== "object" || params === null || typeof user_code !== "string") return undefined;
  const { callback, redirect } = (variants ?? {}) as Record<string, unknown>;
  return {
    params: { ...params },
    userCode: user_code,
    tier: typeof tier === "string" && tier !== "" ? tier : null,
    redirects: redirects === true,
    variants: {
      callback: callback === "four" || callback === "imp_success" ? callback : "full",
      redirect:
        redirect === "success" || redirect === "none" || redirect === "no_imp_uid" ? redirect : "full",
    },
  };
}

/** `YYYY-MM-DDTHH:mm:ss` in Korea, for a datetime-local field. */
function koreanLocal(at: number): string {
  return new Date((at + 9 * 60 * 60) * 1000).toISOString().slice(0, 19);
}
