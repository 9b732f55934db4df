import { useState } from "preact/hooks";
import { Badge } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Message } from "../design/message.tsx";
import type { Endpoint } from "./answers.ts";
import { ask } from "./api.ts";
import { useAct, useConsole, useReading } from "./console-context.ts";
import { Time } from "./states.tsx";

const TONES = { none: "plain", enabled: "good", failing: "warn", disabled: "bad" } as const;

interface Tested {
  readonly taken: boolean;
  readonly status: number | null;
  readonly reason: string | null;
  readonly duration_ms: number;
}

/** Where the shop hears of payments, and whether it does. */
export function EventEndpoint() {
  const { words, can } = useConsole();
  const { answer, again } = useReading<{ endpoint: Endpoint }>("/v1/deliveries?limit=1");
  const { isBusy, act } = useAct();
  const [tested, setTested] = useState<Tested>();
  const endpoint = answer?.endpoint;
  const { events } = words.settings;
  const test = () =>
    act(async () => {
      setTested(await ask<Tested>("POST", "/v1/events/test"));
      return undefined;
    });
  const enable = () =>
    act(async () => {
      const { released } = await ask<{ released: number }>("POST", "/v1/events/enable");
      again();
      return events.enabled(released);
    });
  return (
    <section class="panel" aria-labelledby="endpoint-title">
      <div class="payment-head">
        <h2 id="endpoint-title">{words.settings.tabs.events}</h2>
        {endpoint && <Badge tone={TONES[endpoint.state]}>{words.home.endpoints[endpoint.state]}</Badge>}
        {endpoint?.since && (
          <span class="quiet">
            <Time at={endpoint.since} />
          </span>
        )}
      </div>
      <p class="quiet">{events.lead}</p>
      {tested && (
        <Message tone={tested.taken ? "good" : "bad"} isAlert>
          <p>
            {tested.taken
              ? events.taken(tested.status ?? 0, tested.duration_ms)
              : events.notTaken(tested.reason ?? String(tested.status), tested.duration_ms)}
          </p>
        </Message>
      )}
      {can("operator") && endpoint && endpoint.state !== "none" && (
        <div class="row">
          <Button isBusy={isBusy} onClick={() => void test()}>
            {events.test}
          </Button>
          {endpoint.state === "disabled" && (
            <Button kind="plain" onClick={() => void enable()}>
              {events.enable}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}
