import type { Draw } from "../support/draw.ts";
import { SECOND_MS } from "./virtual-time.ts";
import type { World } from "./world.ts";

/** What becomes of one request on its way there and back. */
export type Fate =
  | { readonly kind: "answered" }
  /** The connection cannot be opened. */
  | { readonly kind: "unreachable"; readonly code: string }
  /** Lost on the way there. */
  | { readonly kind: "lost_request" }
  /** It takes effect, and the connection ends without a whole answer: after so many bytes of it. */
  | { readonly kind: "cut"; readonly share: number }
  /** It takes effect, and nothing ever comes back. */
  | { readonly kind: "silence" }
  /** Somebody on the way answers instead, before or after the request was passed on. */
  | { readonly kind: "status"; readonly status: number; readonly hasActed: boolean }
  /** It takes effect, and the body is something else. */
  | { readonly kind: "body"; readonly body: (typeof BODIES)[number] }
  /** An answer of a replica that is behind. */
  | { readonly kind: "stale" }
  /** A replica that has not heard of the payment. */
  | { readonly kind: "missing" }
  /** The bytes come one by one. */
  | { readonly kind: "drip" };

const BODIES = ["html", "short", "empty", "other", "twice", "huge", "list"] as const;
const CODES = ["ECONNREFUSED", "ENOTFOUND", "CERT_HAS_EXPIRED", "ETIMEDOUT"] as const;
const ANSWERED: Fate = { kind: "answered" };

export interface Asks {
  readonly isCancel: boolean;
  readonly isLogin: boolean;
  readonly isRead: boolean;
}

export function drawFate(world: World, { draw, asks }: { readonly draw: Draw; readonly asks: Asks }): Fate {
  const { weather } = world;
  if (weather === "fair" || world.isOver) return ANSWERED;
  if (weather === "down") {
    world.hit("X2");
    return draw.pick([
      { kind: "unreachable", code: "ECONNREFUSED" },
      { kind: "lost_request" },
      { kind: "status", status: 503, hasActed: false },
    ] as const);
  }
  if (!draw.chance(asks.isCancel ? 0.5 : asks.isLogin ? 0.03 : 0.12)) return ANSWERED;
  const fate = draw.pick(fatesOf(draw, asks));
  if (!world.has(fate.fault)) return ANSWERED;
  world.hit(fate.fault);
  return fate.fate;
}

/** One of each kind, of which one is drawn: those that the plan does not have are then no trouble at all. */
function fatesOf(draw: Draw, { isCancel, isRead }: Asks) {
  const status = isCancel ? draw.pick([429, 503]) : draw.pick([400, 403, 404, 429, 500, 502, 503]);
  const after = draw.pick([500, 502, 504]);
  const writes = [
    { fault: "X1", fate: { kind: "status", status, hasActed: false } },
    { fault: "X1", fate: { kind: "status", status: after, hasActed: true } },
    { fault: "X2", fate: { kind: "unreachable", code: draw.pick(CODES) } },
    { fault: "X3", fate: { kind: "silence" } },
    { fault: "X4", fate: { kind: "lost_request" } },
    { fault: "X4", fate: { kind: "cut", share: draw.chance(0.5) ? 0 : draw.unit() } },
    { fault: "X4", fate: { kind: "cut", share: 0 } },
    { fault: "X4", fate: { kind: "body", body: draw.pick(BODIES) } },
  ] as const;
  if (!isRead) return writes;
  return [
    ...writes,
    { fault: "X3", fate: { kind: "drip" } },
    { fault: "X20", fate: { kind: "stale" } },
    { fault: "X20", fate: { kind: "stale" } },
    { fault: "X20", fate: { kind: "missing" } },
  ] as const;
}

/** A bearer token lives so long: a request that comes later is turned away. */
const TOKEN_LIVES_MS = 1_800 * SECOND_MS;

/** One way. A cancellation may lie somewhere on the way as long as its token lives, long after nobody waits for it. */
export function drawDelay(
  world: World,
  { draw, asks }: { readonly draw: Draw; readonly asks: Asks },
): number {
  const isSlow = world.weather !== "fair" && world.has("X3") && draw.chance(asks.isCancel ? 0.15 : 0.05);
  if (!isSlow) return draw.int(1, 250);
  world.hit("X3");
  if (!asks.isCancel) return draw.int(1_000, draw.chance(0.7) ? 12_000 : 120_000);
  return draw.int(1_000, draw.chance(0.5) ? 200_000 : TOKEN_LIVES_MS);
}

/** What comes instead of `text`. */
export function otherBody(body: (typeof BODIES)[number], { text, other }: { text: string; other: string }) {
  switch (body) {
    case "html":
      return "<html><body>Service</body></html>";
    case "short":
      return text.slice(0, Math.floor(text.length * 0.7));
    case "empty":
      return "";
    case "other":
      return other;
    case "twice":
      return text.replace('"status":', '"status":"paid","status":').replace(/^\{/, '{"code":0,');
    case "huge":
      return `${text.slice(0, -1)},"pad":"${"x".repeat(300_000)}"}`;
    case "list":
      return `[${text}]`;
  }
}
