import type { ClaimedTask } from "../storage/store.ts";
import { deliverEvent } from "../usecases/deliver-event.ts";
import type { Deps } from "../usecases/deps.ts";
import type { TaskEnd } from "./run-task.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long to wait after each attempt that the shop did not take. After the last the event is dead, with an alarm. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** Runs one attempt to tell the shop of an event. */
export async function runDelivery(deps: Deps, { payload, tries }: ClaimedTask): Promise<TaskEnd> {
  const result = await deliverEvent(deps, String(payload["event_id"]));
  switch (result.kind) {
    case "delivered":
      return { kind: "done" };
    case "withheld":
      deps.log.info("event_withheld", { task: String(payload["event_id"]), reason: result.reason });
      return { kind: "done" };
    case "wait":
      return { kind: "wait", reason: result.reason, retryAt: deps.clock.now() + result.retryInMs };
    case "not_taken": {
      const delay = RETRY_DELAYS_MS[tries];
      if (delay === undefined) return { kind: "give_up", reason: result.reason };
      return { kind: "retry", reason: result.reason, retryAt: deps.clock.now() + delay };
    }
    case "no_endpoint":
      return { kind: "give_up", reason: "DOJANG_EVENTS_URL is not set" };
  }
}
