import { type Static, Type } from "typebox";
import { RefundAnswer } from "./refund-schemas.ts";
import { Amount, Closed, line, orNull, sayingLine, Time } from "./schema-parts.ts";

/** i'mport's own ids: documented at most 32 characters. */
export const IMP_UID_PATTERN = "^imps?_[A-Za-z0-9_-]{1,27}$";
export const MERCHANT_UID_PATTERN = "^[A-Za-z0-9_-]{8,40}$";
/** Keys and values of `metadata`: flat, and small enough to be shown whole. */
const METADATA_KEY = "^[^\\u0000-\\u001f\\u007f]{1,40}$";

export const CompleteBody = Type.Object(
  {
    imp_uid: Type.String({ pattern: IMP_UID_PATTERN }),
    merchant_uid: Type.String({ pattern: MERCHANT_UID_PATTERN }),
  },
  Closed,
);

export const CompleteAnswer = Type.Object({
  status: Type.String({
    description:
      "success, vbankIssued, pending, forgery, invalidRequest, failed, notFound, closed, rateLimited or unavailable",
  }),
  message: Type.String(),
  merchant_uid: Type.Optional(Type.String()),
  vbank_num: Type.Optional(Type.String()),
  vbank_name: Type.Optional(Type.String()),
  vbank_holder: Type.Optional(Type.String()),
  vbank_date: Type.Optional(Type.String()),
});

const Customer = Type.Object(
  {
    id: Type.Optional(line(100)),
    name: Type.Optional(line(100)),
    email: Type.Optional(
      Type.String({
        maxLength: 254,
        pattern: "^[^\\s@\\u0000-\\u001f\\u007f]+@[^\\s@\\u0000-\\u001f\\u007f]+$",
      }),
    ),
    tel: Type.Optional(Type.String({ pattern: "^\\+?[0-9][0-9 -]{6,18}$" })),
  },
  Closed,
);

const Allowed = Type.Object(
  {
    pay_methods: Type.Optional(Type.Array(line(20), { minItems: 1, maxItems: 20 })),
    channels: Type.Optional(Type.Array(line(100), { minItems: 1, maxItems: 20 })),
  },
  Closed,
);

export const OrderBody = Type.Object(
  {
    merchant_uid: Type.Optional(Type.String({ pattern: MERCHANT_UID_PATTERN })),
    name: line(200),
    amount: Amount,
    currency: Type.Optional(Type.String({ description: "ISO 4217", default: "KRW" })),
    tax_free: Type.Optional(Amount),
    vat_amount: Type.Optional(Amount),
    customer: Type.Optional(Customer),
    pay_by: Type.Optional(Type.String({ description: "RFC 3339 with a zone, in the next 180 days" })),
    return_url: Type.Optional(Type.String({ maxLength: 2000 })),
    metadata: Type.Optional(
      Type.Record(
        Type.String({ pattern: METADATA_KEY }),
        Type.Union([Type.String({ maxLength: 500 }), Type.Number(), Type.Boolean(), Type.Null()]),
        { maxProperties: 50, additionalProperties: false },
      ),
    ),
    allowed: Type.Optional(Allowed),
  },
  Closed,
);
export type OrderBody = Static<typeof OrderBody>;

export const CancelBody = Type.Object({ reason: Type.Optional(sayingLine(500)) }, Closed);

const VirtualAccount = Type.Object({
  vbank_num: Type.String(),
  vbank_name: Type.String(),
  vbank_holder: orNull(Type.String()),
  vbank_date: Time,
});

const Clause = Type.Object({
  id: Type.String(),
  name: Type.String(),
  expected: Type.String(),
  seen: Type.String(),
  holds: Type.Boolean(),
});

const Payment = Type.Object({
  imp_uid: Type.String(),
  status: Type.String(),
  amount: orNull(Amount),
  currency: Type.String(),
  cancelled_amount: orNull(Amount),
  verdict: Type.String(),
  pay_method: orNull(Type.String()),
  paid_at: orNull(Time),
  receipt_url: orNull(Type.String()),
  clauses: Type.Array(Clause),
});

const Discrepancy = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  imp_uid: orNull(Type.String()),
  opened_at: Time,
  resolved_at: orNull(Time),
});

export const OrderAnswer = Type.Object({
  merchant_uid: Type.String(),
  status: Type.String(),
  name: Type.String(),
  amount: Amount,
  currency: Type.String(),
  tax_free: orNull(Amount),
  vat_amount: orNull(Amount),
  customer: orNull(
    Type.Object({
      id: orNull(Type.String()),
      name: orNull(Type.String()),
      email: orNull(Type.String()),
      tel: orNull(Type.String()),
    }),
  ),
  pay_by: Time,
  preparation: orNull(
    Type.String({
      description:
        "Whether i'mport holds the amount ahead, under DOJANG_PREPARE=required: wanted, confirmed or refused",
    }),
  ),
  return_url: orNull(Type.String()),
  checkout_url: Type.String(),
  metadata: Type.Unknown(),
  allowed: orNull(
    Type.Object({
      pay_methods: orNull(Type.Array(Type.String())),
      channels: orNull(Type.Array(Type.String())),
    }),
  ),
  virtual_account: orNull(VirtualAccount),
  imp_uid: orNull(Type.String()),
  paid_at: orNull(Time),
  refunded_amount: Amount,
  payments: Type.Array(Payment),
  refunds: Type.Array(RefundAnswer),
  discrepancies: Type.Array(Discrepancy),
  created_at: Time,
  version: Type.Integer(),
});
export type OrderAnswer = Static<typeof OrderAnswer>;

export const OrderList = Type.Object({ data: Type.Array(OrderAnswer), next_cursor: orNull(Type.String()) });

export const Timeline = Type.Object({
  data: Type.Array(
    Type.Object({
      id: Type.String(),
      type: Type.String(),
      at: Time,
      sequence: Type.Integer({ description: "The order's version that the event belongs to" }),
      imp_uid: orNull(Type.String()),
      data: Type.Unknown(),
    }),
  ),
});

export const DiscrepancyAnswer = Type.Object({
  ...Discrepancy.properties,
  merchant_uid: Type.String(),
  evidence: Type.Unknown({ description: "What was expected and what was seen" }),
  resolution: orNull(Type.Object({ action: Type.String(), reason: Type.String(), actor: Type.String() })),
});

export const DiscrepancyList = Type.Object({
  data: Type.Array(DiscrepancyAnswer),
  next_cursor: orNull(Type.String()),
});

export const CustomerAnswer = Type.Object({
  id: Type.String(),
  name: orNull(Type.String()),
  email: orNull(Type.String()),
  tel: orNull(Type.String()),
  virtual_accounts: Type.Array(
    Type.Object({
      merchant_uid: Type.String(),
      imp_uid: Type.String(),
      order_status: Type.String(),
      amount: Amount,
      currency: Type.String(),
      ...VirtualAccount.properties,
    }),
  ),
});

export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
  retry: Type.String(),
});

export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      description:
        "Without merchant_uid: a retry with the same key and body meets the same order and answers 200 with Idempotent-Replayed: true",
    }),
  ),
});

export const RedirectQuery = Type.Object({
  merchant_uid: Type.String(),
  imp_uid: Type.Optional(Type.String({ description: "Some PGs leave it out" })),
});

export const HintBody = Type.Object({
  imp_uid: Type.String({ pattern: IMP_UID_PATTERN }),
  merchant_uid: Type.Optional(Type.String()),
  status: Type.Optional(Type.String({ description: "Not read: the payment is fetched" })),
});

export const ConfirmBody = Type.Object({
  imp_uid: Type.String({ pattern: IMP_UID_PATTERN }),
  merchant_uid: Type.String(),
  amount: Type.Union([Amount, Type.String()], { description: "Major units, a number or its text" }),
});

export const ConfirmRefused = Type.Object({
  reason: Type.String({
    description: "Shown to the buyer: Korean, or English for an order that is not in KRW",
  }),
});

export const HintAnswer = Type.Object({ status: Type.Literal("ok") });
