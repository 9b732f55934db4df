import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, onRequestHookHandler } from "fastify";
import { DojangError } from "../errors.ts";
import type { HttpDeps } from "./http-deps.ts";

/** Requests a minute. Sized for a whole shop behind one address; guessing ids at this pace finds nothing. */
const RATE_LIMITS = { payments: 900, states: 6000, webhooks: 6000, shop: 6000, console: 3000 } as const;

type RouteGroup = keyof typeof RATE_LIMITS;

declare module "fastify" {
  interface FastifyInstance {
    /** One counter a group; none while limits are off. */
    readonly groupLimits?: Readonly<Record<RouteGroup, onRequestHookHandler>>;
  }
}

/** Prepares one limit for each group of routes: all routes of a group count together, per address. */
export async function registerRateLimits(
  app: FastifyInstance,
  { rateLimit: setting }: HttpDeps,
): Promise<void> {
  if (setting === "off") return;
  await app.register(rateLimit, { global: false, errorResponseBuilder: tooMany });
  const limit = (group: RouteGroup, errorResponseBuilder = tooMany) =>
    app.rateLimit({ max: setting ?? RATE_LIMITS[group], timeWindow: "1 minute", errorResponseBuilder });
  app.decorate("groupLimits", {
    payments: limit("payments"),
    // Apart: many pages that wait behind one address must not keep anybody from paying.
    states: limit("states"),
    // The sender repeats what met a 5xx, where it repeats at all, and nothing that met a 4xx.
    webhooks: limit("webhooks", tooManyNow),
    shop: limit("shop"),
    console: limit("console"),
  });
}

/** A route's option that makes it count in its group. */
export function limitedAs(
  { groupLimits }: FastifyInstance,
  group: RouteGroup,
): { onRequest?: onRequestHookHandler } {
  return groupLimits === undefined ? {} : { onRequest: groupLimits[group] };
}

function tooManyNow(): DojangError {
  return new DojangError("overloaded", "Too many notices from this address: send it again later");
}

function tooMany(): DojangError {
  return new DojangError("rate_limited", "Too many requests from this address: wait a minute");
}
