import type { Deps } from "../usecases/deps.ts";
import type { Admission } from "./admission.ts";
import type { ApiKeys } from "./auth.ts";
import type { CheckoutSdk, ShopSign } from "./checkout-schemas.ts";

/** What the routes need beside the use cases. */
export interface HttpDeps {
  readonly deps: Deps;
  readonly apiKeys: ApiKeys;
  /** Where buyers reach this server, without a slash at the end. */
  readonly publicUrl: () => string;
  /** Origins whose pages may call `/payments/complete`, and whose hosts buyers may be sent back to. */
  readonly allowedOrigins: () => readonly string[];
  /** What opens i'mport's window on the hosted page; absent: it offers no payment. */
  readonly sdk?: CheckoutSdk & { readonly moreOrigins: readonly string[] };
  /** Who the buyer pays, as the hosted pages say it. */
  readonly shopSign: ShopSign;
  readonly isSandbox: boolean;
  /** Whether orders are shown without the buyer's own words and numbers. Default: no. */
  readonly isMasking?: boolean;
  readonly trustedProxyHops: number;
  /** Requests a minute per address and route group; absent: the defaults. */
  readonly rateLimit?: number | "off";
  /** One for all sides of the process. */
  readonly admission: Admission;
}
