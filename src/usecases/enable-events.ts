import type { TaskRecord } from "../storage/store.ts";
import type { Deps } from "./deps.ts";

export interface EnableEventsResult {
  /** How many events go out now. */
  readonly released: number;
}

const PAGE = 100;
/** Until well after the endpoint is enabled. */
const HELD_MS = 60_000;

/**
 * Lets events go out again after the endpoint was disabled: those that waited, and those that were given up since it failed, at once and
 * in the order of each order. Harmless when it is not disabled, and when it is called again.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`: call again
 */
export async function enableEvents(deps: Deps): Promise<EnableEventsResult> {
  const { disabledAt, failingSince = disabledAt ?? 0 } = await deps.endpointHealth.read();
  if (disabledAt === undefined) return { released: 0 };
  // First the given up ones become waiting ones: should this end half way, the endpoint is still disabled and another call finds the rest.
  await release(deps, { state: "dead", dueSince: failingSince, inMs: HELD_MS });
  await deps.endpointHealth.enable();
  // One that is being looked at now is asked for again; what waits then is seen by the second list.
  const leased = await release(deps, { state: "leased" });
  const waiting = await release(deps, { state: "due" });
  const released = leased + waiting;
  deps.log.info("events_enabled", { count: released });
  return { released };
}

/** Makes deliveries of this state due. Their last due time tells a dead one of this failure from one of long ago. */
async function release(
  deps: Deps,
  { state, dueSince = 0, inMs = 0 }: { state: TaskRecord["state"]; dueSince?: number; inMs?: number },
): Promise<number> {
  let count = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await deps.store.listDeliveries({
      state,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const dueAt = deps.clock.now() + inMs;
    const again = page.deliveries
      .filter(({ task }) => task.dueAt >= dueSince)
      .map(({ event, task }) => {
        return { kind: "deliver", key: task.key, repeat: "again", dueAt, orderId: event.orderId } as const;
      });
    await deps.store.addTasks(again);
    count += again.length;
    cursor = page.nextCursor;
    if (cursor === undefined) return count;
  }
}
