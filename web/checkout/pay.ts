import type { CheckoutSdk, CheckoutView } from "../../src/http/checkout-schemas.ts";
import type { Buyer } from "./buyer.ts";

/** What the callback of request_pay brings: a hint, never proof. Source: docs/iamport-v1.md 9.3. */
export interface PayResult {
  readonly imp_uid?: string | null;
  readonly success?: boolean;
  readonly imp_success?: boolean;
  readonly error_code?: string | null;
  readonly error_msg?: string | null;
}

interface Iamport {
  init(userCode: string): void;
  agency(userCode: string, tier: string): void;
  request_pay(params: object, callback: (result: PayResult) => void): void;
}

declare global {
  interface Window {
    IMP?: Iamport;
  }
}

let loading: Promise<void> | undefined;

/** Loads i'mport's script, once; a failed try is forgotten, so that the next one asks again. */
export function loadSdk(sdk: CheckoutSdk): Promise<void> {
  loading ??= new Promise<void>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = sdk.url;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      script.remove();
      reject(new Error("i'mport's script did not load"));
    });
    document.head.append(script);
  }).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** What the window is opened with: the order as the server has it, and what the buyer typed. */
export function payParams(
  { state, sdk, windowOrder, redirectUrl, confirmUrl }: CheckoutView,
  { buyer, method }: { readonly buyer: Buyer; readonly method: string },
): object {
  return {
    ...(sdk?.channelKey === undefined || windowOrder.pg !== undefined ? {} : { channelKey: sdk.channelKey }),
    ...windowOrder,
    pay_method: method,
    merchant_uid: state.merchant_uid,
    name: state.name,
    amount: state.amount,
    currency: state.currency,
    buyer_name: buyer.name.trim(),
    buyer_tel: buyer.tel.trim(),
    ...(buyer.email.trim() === "" ? {} : { buyer_email: buyer.email.trim() }),
    // An account must not outlive the order.
    ...(method === "vbank" ? { vbank_due: koreanDigits(state.pay_by) } : {}),
    // i'mport wants to be told whether goods or content are sold: goods, unless the shop opens the window itself.
    ...(method === "phone" ? { digital: false } : {}),
    m_redirect_url: redirectUrl,
    ...(confirmUrl === undefined ? {} : { confirm_url: confirmUrl }),
  };
}

/**
 * Opens the window and waits for what it says. On a phone the whole page leaves instead, and this never ends.
 *
 * @throws Error where the script is there and is not i'mport's
 */
export function openWindow(sdk: CheckoutSdk, params: object): Promise<PayResult> {
  const { IMP } = window;
  if (IMP === undefined) throw new Error("The script set no IMP");
  if (sdk.tier === undefined) IMP.init(sdk.userCode);
  else IMP.agency(sdk.userCode, sdk.tier);
  return new Promise((resolve) => IMP.request_pay(params, resolve));
}

/** Whether the window itself says that nothing was paid. New PGs give no flag, only an error. */
export function saysFailed({ imp_uid, success, imp_success, error_code }: PayResult): boolean {
  return !imp_uid || error_code != null || success === false || imp_success === false;
}

/** `YYYY-MM-DD HH:mm:ss` in Korea. Source: docs/iamport-v1.md 7, vbank_due. */
function koreanDigits(at: string): string {
  return new Date(at).toLocaleString("sv-SE", { timeZone: "Asia/Seoul" });
}
