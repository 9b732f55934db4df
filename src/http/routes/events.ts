import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { DojangError } from "../../errors.ts";
import type { Deps } from "../../usecases/deps.ts";
import { enableEvents } from "../../usecases/enable-events.ts";
import { sendTestEvent } from "../../usecases/send-test-event.ts";
import { callerOf } from "../auth.ts";
import { EnableEventsAnswer, type EndpointAnswer, TestEventAnswer } from "../event-schemas.ts";
import type { HttpDeps } from "../http-deps.ts";
import { Problem } from "../schemas.ts";

/** `POST /v1/events/test` and `POST /v1/events/enable`: the shop's endpoint as a whole. */
export async function events(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();

  typed.post(
    "/v1/events/test",
    {
      schema: {
        summary: "Send your endpoint an event of type dojang.test, about no order, and see what it answers",
        tags: ["Events"],
        response: { 200: TestEventAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request) => {
      const { events, clock } = deps;
      if (events === undefined) throw new DojangError("no_events_endpoint", "Set DOJANG_EVENTS_URL");
      const result = await sendTestEvent({ events, clock });
      if (result.kind === "busy")
        throw new DojangError("overloaded", "As many events as may be are under way");
      const actor = callerOf(request);
      const data = { taken: result.kind === "taken" };
      await deps.store.recordAct({ action: "event.tested", actor, data });
      return {
        taken: result.kind === "taken",
        status: result.status ?? null,
        reason: result.kind === "taken" ? null : result.reason,
        duration_ms: result.durationMs,
      };
    },
  );

  typed.post(
    "/v1/events/enable",
    {
      schema: {
        summary: "Let events go out again, after days without an answer had disabled your endpoint",
        tags: ["Events"],
        response: { 200: EnableEventsAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request) => {
      const { released } = await enableEvents(deps);
      const actor = callerOf(request);
      await deps.store.recordAct({ action: "events.enabled", actor, data: { released } });
      return { endpoint: await endpointAnswer(deps), released };
    },
  );
}

/** The endpoint's state as the wire has it. */
export async function endpointAnswer(deps: Deps): Promise<EndpointAnswer> {
  if (deps.events === undefined) return { state: "none", since: null };
  const { failingSince, disabledAt } = await deps.endpointHealth.read();
  if (disabledAt !== undefined) return { state: "disabled", since: new Date(disabledAt).toISOString() };
  if (failingSince !== undefined) return { state: "failing", since: new Date(failingSince).toISOString() };
  return { state: "enabled", since: null };
}
