import type { IncomingMessage } from "node:http";
import { performance } from "node:perf_hooks";
import type { onRequestHookHandler } from "fastify";
import { DojangError, ERRORS } from "../errors.ts";
import { problemRefusal } from "./problem.ts";
import { type Refusal, refusalOf, refuseAtOnce } from "./refuse-at-once.ts";

/**
 * What part of the limit a group may fill: when all is full, pages have been turned away first, then the shop's own calls, then
 * buyers who come back to ask again. A webhook is sent once and gets what the others leave free.
 */
const SHARES = { webhooks: 1.5, payments: 1, shop: 0.75, pages: 0.5 } as const;
export type LoadGroup = keyof typeof SHARES;

/** From here on more at once makes nothing faster: everybody waits for the one thread. */
const BUSY_SHARE = 0.9;
const SAMPLE_MS = 20;
/** However idle the thread is, for example because it waits for the gateway. Webhooks, which never wait for it, have room beyond. */
const UNDER_WAY_MAX = 4096;

/** Hooks that refuse at once what would only make the others wait, before its body is read. */
export type Admission = Readonly<Record<LoadGroup, onRequestHookHandler>>;

/**
 * Bounds how many requests are under way while the thread has no time left. What waits for the gateway costs no time of the thread:
 * slow answers from there refuse nobody. A request whose body has not come yet costs none either, and is not counted: whoever sends
 * one slowly takes nobody's place.
 *
 * @param limit how many at once; DOJANG_LOAD_LIMIT
 * @param busyShare how much of the last moment the thread was working, 0 to 1
 */
export function createAdmission(
  limit: number | "off",
  busyShare: () => number = createBusyShare(),
): Admission {
  let underWay = 0;
  const isFull = (share: number, most: number) =>
    underWay >= Math.max(1, share) * UNDER_WAY_MAX || (underWay >= share * most && busyShare() >= BUSY_SHARE);
  const hookOf = (group: LoadGroup): onRequestHookHandler => {
    if (limit === "off") return (_request, _reply, done) => done();
    const share = SHARES[group];
    const refusal = REFUSALS[group];
    return ({ raw }, reply, done) => {
      if (isFull(share, limit)) {
        refuseAtOnce(reply, refusal);
        return;
      }
      const begin = () => {
        // Answered before its body was read: that may still come.
        if (reply.raw.writableEnded) return;
        underWay += 1;
        reply.raw.once("close", () => {
          underWay -= 1;
        });
      };
      if (hasBody(raw)) raw.once("end", begin);
      else begin();
      done();
    };
  };
  return {
    webhooks: hookOf("webhooks"),
    payments: hookOf("payments"),
    shop: hookOf("shop"),
    pages: hookOf("pages"),
  };
}

/** One of no length is not waited for, and that of a GET is not read, whatever its headers say. */
function hasBody({ method, headers }: IncomingMessage): boolean {
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  return method !== "GET" && (length !== "0" || encoding !== undefined);
}

/** The thread's own account of it, over some 20 ms. Asked by every request, so that a burst is noticed while it comes in. */
function createBusyShare(): () => number {
  let sampledAt = performance.now();
  let sample = performance.eventLoopUtilization();
  let share = 0;
  return () => {
    const now = performance.now();
    if (now - sampledAt < SAMPLE_MS) return share;
    const next = performance.eventLoopUtilization();
    share = performance.eventLoopUtilization(next, sample).utilization;
    sample = next;
    sampledAt = now;
    return share;
  };
}

const overloaded = new DojangError("overloaded", "Too many requests at one time: send it again later");
const problem = problemRefusal(overloaded);
const REFUSALS: Readonly<Record<LoadGroup, Refusal>> = {
  webhooks: problem,
  shop: problem,
  // In the guide's shape.
  payments: refusalOf(
    "application/json; charset=utf-8",
    JSON.stringify({ status: "unavailable", message: ERRORS.overloaded.title }),
  ),
  pages: refusalOf(
    "text/plain; charset=utf-8",
    "Many people are here right now. Please load this page again.\n",
  ),
};
