import { type Static, Type } from "typebox";
import { EndpointAnswer } from "./event-schemas.ts";
import { Closed, orNull, Time } from "./schema-parts.ts";

export const TaskProgress = Type.Object({
  state: Type.String({ description: "due, leased (it runs now), done or dead (given up)" }),
  tries: Type.Integer({ description: "Runs that failed since the last success" }),
  next_try_at: orNull(Time),
  last_error: orNull(Type.String()),
});

export const TaskAnswer = Type.Object({
  key: Type.String({ description: "Names the task; encode it in an address" }),
  kind: Type.String(),
  merchant_uid: orNull(Type.String()),
  imp_uid: orNull(Type.String()),
  ...TaskProgress.properties,
});

export const TaskList = Type.Object({ data: Type.Array(TaskAnswer), next_cursor: orNull(Type.String()) });

export const DeliveryAnswer = Type.Object({
  id: Type.String({ description: "The event's id: webhook-id of every attempt" }),
  type: Type.String(),
  merchant_uid: Type.String(),
  sequence: Type.Integer(),
  at: Time,
  ...TaskProgress.properties,
});

export const DeliveryList = Type.Object({
  data: Type.Array(DeliveryAnswer),
  next_cursor: orNull(Type.String()),
  endpoint: EndpointAnswer,
});

export const ReconcileBody = Type.Object(
  {
    from: Type.String({ description: "RFC 3339 with a zone" }),
    to: Type.String({ description: "RFC 3339 with a zone, at least 30 s ago" }),
    dry_run: Type.Optional(Type.Boolean({ description: "Look and count, and decide nothing" })),
  },
  Closed,
);

const Count = Type.Integer();

export const ReconcileAnswer = Type.Object({
  id: Type.String(),
  from: Time,
  to: Time,
  dry_run: Type.Boolean(),
  state: Type.String({ description: "running, done, or stopped: ask for the same time again to go on" }),
  share: Type.Number({ description: "How much is done, 0 to 1" }),
  counts: Type.Object({
    seen: Count,
    foreign: Count,
    news: Count,
    applied: Count,
    accounts: Count,
    refunded: Count,
    discrepancies: Count,
    handed_over: Count,
  }),
  differences: Type.Record(Type.String(), Count),
  findings: Type.Array(
    Type.Object({ merchant_uid: Type.String(), imp_uid: Type.String(), what: Type.String() }),
    { description: "The first 1,000" },
  ),
  more_findings: Count,
  started_at: Time,
  ended_at: orNull(Time),
  tries: Type.Integer({ description: "Runs that met trouble at the gateway since the last that did not" }),
  last_error: orNull(Type.String()),
});
export type ReconcileAnswer = Static<typeof ReconcileAnswer>;
