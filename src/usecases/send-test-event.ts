import type { Clock } from "../clock.ts";
import type { EventEndpoint, SendEventResult } from "../events/event-endpoint.ts";

/** No order has events of this type: a shop that knows its types passes it over. */
export const TEST_EVENT_TYPE = "dojang.test";

export type TestEventResult = SendEventResult & { readonly durationMs: number };

/**
 * Sends one event that is about no order, signed as all others are, and tells what the endpoint answered. Nothing is stored and nothing
 * is tried again. It counts neither for nor against the endpoint: a page that answers 200 to everything is no shop that takes events.
 */
export async function sendTestEvent({
  events,
  clock,
}: {
  readonly events: EventEndpoint;
  readonly clock: Clock;
}): Promise<TestEventResult> {
  const startedAt = clock.now();
  const body = JSON.stringify({
    type: TEST_EVENT_TYPE,
    timestamp: new Date(startedAt).toISOString(),
    data: { message: "A test. It is about no order." },
  });
  const result = await events.send({ id: `evt_test_${startedAt.toString(36)}`, body });
  return { ...result, durationMs: clock.now() - startedAt };
}
