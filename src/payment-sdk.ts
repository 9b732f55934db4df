import type { Config, GatewayConfig } from "./config.ts";
import { isLoopback } from "./env.ts";

/** What a page opens i'mport's window with. */
export interface PaymentSdk {
  readonly url: string;
  readonly userCode: string;
  readonly tier?: string;
  readonly channelKey?: string;
  /** Origins beside the vendor's own that the hosted page lets the script load from, frame and call. */
  readonly moreOrigins: readonly string[];
}

const VENDOR_SDK_URL = "https://cdn.iamport.kr/v1/iamport.js";
/** The emulator's development merchant, as src/emulator/merchant.ts has it: the default in sandbox. */
const EMULATOR_USER_CODE = "imp00000001";

/** The browser's side of a gateway; undefined where nobody said whose account it is, and no window can be opened. */
export function paymentSdkOf(
  { mode, userCode, channelKey, sdkOrigins }: Config,
  { baseUrl, tier }: GatewayConfig,
): PaymentSdk | undefined {
  // Another i'mport on this machine brings its own script. In live it is a proxy in front of the vendor's API, which has none; and a
  // buyer's browser must never load a script from whatever listens on the buyer's own machine.
  const isOwn = mode === "sandbox" && isLoopback(new URL(baseUrl).hostname);
  const code = userCode ?? (mode === "sandbox" ? EMULATOR_USER_CODE : undefined);
  if (code === undefined) return undefined;
  return {
    url: isOwn ? `${baseUrl}/v1/iamport.js` : VENDOR_SDK_URL,
    userCode: code,
    moreOrigins: sdkOrigins,
    ...(tier === undefined ? {} : { tier }),
    ...(channelKey === undefined ? {} : { channelKey }),
  };
}
