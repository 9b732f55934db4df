/** Where the vendor's script loads from, frames and calls. Source: docs/iamport-v1.md 9 and 9.4. */
const VENDOR_ORIGINS = ["https://*.iamport.kr", "https://*.iamport.co", "https://*.portone.io"];
const VENDOR_SDK_HOST = "cdn.iamport.kr";

type Headers = Readonly<Record<string, string>>;

export interface PageHeaders {
  /** A page that offers a payment. */
  readonly payable: Headers;
  /** Any other page. */
  readonly plain: Headers;
}

const OWN = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "font-src": ["'self'"],
  "img-src": ["'self'"],
  "connect-src": ["'self'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
  "frame-ancestors": ["'none'"],
} satisfies Readonly<Record<string, readonly string[]>>;

/**
 * What the hosted pages answer with. Scripts are files of this server and of the SDK's origins; no page runs a script in its text. The
 * SDK lays its window over the page with styles of its own, so a page that loads it lets those be.
 */
export function pageHeaders(
  sdk: { readonly url: string; readonly moreOrigins: readonly string[] } | undefined,
): PageHeaders {
  const plain = { "content-security-policy": policyText(OWN) };
  if (sdk === undefined) return { payable: plain, plain };
  const { origin, host } = new URL(sdk.url);
  const origins = [...(host === VENDOR_SDK_HOST ? VENDOR_ORIGINS : [origin]), ...sdk.moreOrigins];
  const payable = {
    ...OWN,
    "script-src": ["'self'", ...origins],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", ...origins],
    "connect-src": ["'self'", ...origins],
    "frame-src": origins,
    "form-action": origins,
  };
  return {
    plain,
    payable: {
      "content-security-policy": policyText(payable),
      // A PG's own window, opened from its frame, would lose the way back to it.
      "cross-origin-opener-policy": "same-origin-allow-popups",
      // PGs look at who sends a buyer; the path, which holds the order's id, stays here.
      "referrer-policy": "strict-origin",
    },
  };
}

function policyText(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(" "))
    .join(";");
}
