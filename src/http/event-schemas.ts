import { type Static, Type } from "typebox";
import { orNull, Time } from "./schema-parts.ts";

/** How the address that events go to does. */
export const EndpointAnswer = Type.Object({
  state: Type.String({
    description:
      "none (no address is set), enabled, failing (nothing was taken since then) or disabled (after 5 days of that; events wait)",
  }),
  since: orNull(Time),
});
export type EndpointAnswer = Static<typeof EndpointAnswer>;

export const EnableEventsAnswer = Type.Object({
  endpoint: EndpointAnswer,
  released: Type.Integer({ description: "How many events go out now" }),
});

export const TestEventAnswer = Type.Object({
  taken: Type.Boolean({ description: "Whether the answer was 2xx within 15 s" }),
  status: orNull(Type.Integer({ description: "Of the answer; null where there was none" })),
  reason: orNull(Type.String({ description: "Why it was not taken" })),
  duration_ms: Type.Integer(),
});
