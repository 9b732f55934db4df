import { type Static, Type } from "typebox";
import { Amount, Closed, orNull, sayingLine, Time } from "./schema-parts.ts";

/** With the refund's id before it, what a cancellation's reason holds. */
const REASON_CHARACTERS_MAX = 200;

export const RefundAccountBody = Type.Object(
  {
    bank: Type.String({
      pattern: "^[0-9A-Za-z_]{2,20}$",
      description: "The PG's code of the bank, such as 88",
    }),
    account: Type.String({ pattern: "^[0-9]{6,20}$", description: "Digits only" }),
    holder: sayingLine(50),
    tel: Type.Optional(Type.String({ pattern: "^\\+?[0-9][0-9-]{6,18}$" })),
  },
  Closed,
);

export const RefundBody = Type.Object(
  {
    amount: Type.Union([
      Amount,
      Type.Literal("all", { description: "All that is left, said in so many words" }),
    ]),
    reason: sayingLine(REASON_CHARACTERS_MAX),
    tax_free: Type.Optional(Amount),
    vat_amount: Type.Optional(Amount),
    retain_promotion: Type.Optional(Type.Boolean()),
    requester: Type.Optional(
      Type.Union([Type.Literal("customer"), Type.Literal("admin")], { description: "For naverpay" }),
    ),
    refund_account: Type.Optional(RefundAccountBody),
  },
  Closed,
);
export type RefundBody = Static<typeof RefundBody>;

export const RefundHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      description:
        "Required: names this one intent. A retry with the same key and body meets the same refund, with Idempotent-Replayed: true",
    }),
  ),
});

export const RefundAnswer = Type.Object({
  id: Type.String(),
  imp_uid: Type.String(),
  amount: Amount,
  state: Type.String({ description: "requested, unknown (being looked up), succeeded or failed" }),
  reason: Type.String(),
  requested_at: Time,
  finished_at: orNull(Time),
  failure: Type.Optional(
    Type.Object({
      code: Type.String({ description: "gateway_refused, or one of Dojang's own" }),
      message: Type.String({ description: "The PG's own words where it gave any: for your staff" }),
    }),
  ),
});
export type RefundAnswer = Static<typeof RefundAnswer>;

export const ResolveBody = Type.Object(
  {
    action: Type.Union([Type.Literal("accept"), Type.Literal("refund"), Type.Literal("dismiss")]),
    reason: sayingLine(500),
    refund_account: Type.Optional(RefundAccountBody),
  },
  Closed,
);
