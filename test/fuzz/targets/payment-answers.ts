import fc from "fast-check";

/** A paid card payment of 1,000 won, as i'mport answers it. Source: docs/iamport-v1.md. */
export const PAID_ANSWER = JSON.stringify({
  code: 0,
  message: null,
  response: {
    imp_uid: "imp_123456789012",
    merchant_uid: "dj_order_1",
    status: "paid",
    amount: 1000,
    cancel_amount: 0,
    currency: "KRW",
    pay_method: "card",
    pg_provider: "html5_inicis",
    pg_id: "INIpayTest",
    pg_tid: "tid-1",
    sandbox: true,
    paid_at: 1764000000,
    started_at: 1763999000,
    failed_at: 0,
    cancelled_at: 0,
    cancel_history: [],
    customer_uid: null,
    customer_uid_usage: null,
    promotion: null,
    vbank_num: null,
    vbank_name: null,
    vbank_date: 0,
  },
});

/** What the wire's fields may hold, right and wrong. */
const FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  status: ["paid", "ready", "failed", "cancelled", "PAID", "", null, 1, "partial_cancelled"],
  amount: [1000, 999, 0, -1000, 1000.5, "1000", null, 1e21],
  cancel_amount: [0, 1000, 1, -0, "0", null],
  currency: ["KRW", "USD", "krw", "", null, "XXX"],
  pay_method: ["card", "vbank", "trans", "", null, 5],
  pg_provider: ["html5_inicis", "kakaopay", "", null, {}],
  pg_id: ["INIpayTest", "other", "", null, 7],
  pg_tid: ["tid-1", null, []],
  sandbox: [true, false, null, "true", 0],
  paid_at: [1764000000, 0, null, -1, 1.5, "1764000000", 9999999999999],
  cancelled_at: [0, 1764000000, null],
  cancel_history: [
    [],
    [{ amount: 1, cancelled_at: 1, reason: "rfd_000000000000000000000000" }],
    [null],
    null,
    {},
  ],
  customer_uid: [null, "uid", "", 1],
  customer_uid_usage: [null, "issue", 1],
  promotion: [null, { id: "prm_1", discount: 10 }, { id: 5 }, {}, "x"],
  vbank_num: [null, "110123456789", ""],
  vbank_name: [null, "신한", ""],
  vbank_date: [0, 1764086399, null, "soon", -5],
  fail_reason: [null, "no"],
};

export const PAYMENT_WORDS: readonly string[] = [
  ...Object.keys(FIELDS).map((key) => `"${key}":`),
  ...Object.values(FIELDS).flatMap((values) => values.map((value) => JSON.stringify(value))),
  '"response":{',
  '"code":0,',
  "1000.0",
  "1000.00",
  "1e3",
  "0.0",
  "-0",
  "1000.000000000000000001",
];

/** Answers with each field from the table, or left out, and `more` on top. */
export function paymentAnswer(more: fc.Arbitrary<object>): fc.Arbitrary<string> {
  const entries = Object.entries(FIELDS).map(
    ([key, values]) => [key, fc.option(fc.constantFrom(...values), { nil: undefined, freq: 12 })] as const,
  );
  return fc
    .tuple(fc.record(Object.fromEntries(entries)), more)
    .map(([response, fields]) =>
      JSON.stringify({ code: 0, message: null, response: { ...response, ...fields } }),
    );
}

/** One payment's fields, each with a value chosen by a number, or left out: what the acceptance rule is fed with. */
export function wireFields(choose: (count: number) => number): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [key, values] of Object.entries(FIELDS)) {
    // The first is the one that a good payment has; half of all are that one.
    const at = choose(values.length * 2);
    if (at !== values.length) fields.set(key, at < values.length ? values[at] : values[0]);
  }
  return fields;
}
