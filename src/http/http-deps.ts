import type { Deps } from "../usecases/deps.ts";
import type { ApiKeys } from "./auth.ts";

/** What the routes need beside the use cases. */
export interface HttpDeps {
  readonly deps: Deps;
  readonly apiKeys: ApiKeys;
  /** Where buyers reach this server, without a slash at the end. */
  readonly publicUrl: () => string;
  /** Origins whose pages may call `/payments/complete`, and whose hosts buyers may be sent back to. */
  readonly allowedOrigins: () => readonly string[];
  readonly isSandbox: boolean;
  readonly trustedProxyHops: number;
  /** Requests a minute per address and route group; absent: the defaults. */
  readonly rateLimit?: number | "off";
}

/** Sized for a whole shop behind one address; guessing ids at this pace finds nothing. */
export const RATE_LIMITS = { payments: 900, webhooks: 6000, shop: 6000 } as const;

export type RouteGroup = keyof typeof RATE_LIMITS;

/** The rate limit of one route group, for a route's `config`. */
export function rateLimitOf({ rateLimit }: HttpDeps, group: RouteGroup) {
  if (rateLimit === "off") return {};
  return { rateLimit: { max: rateLimit ?? RATE_LIMITS[group], timeWindow: "1 minute", groupId: group } };
}
