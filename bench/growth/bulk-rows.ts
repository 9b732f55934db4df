import { randomBytes } from "node:crypto";

/** How an engine writes what the statements below need. `i` is the number of the order. */
export interface Dialect {
  /** The numbers from 0 to count - 1, as `numbers (i)`. */
  numbers(count: number): string;
  padded(prefix: string, digits: number, of?: string): string;
  /** 16 bytes, other ones for each order. */
  readonly randomBytes16: string;
  bytes(value: Buffer): string;
}

export interface BulkPlan {
  readonly count: number;
  /** Spread over the time from `from` to `to`; `gap` in the middle is left to orders that are real. */
  readonly from: number;
  readonly to: number;
  /** The size of one payment's sealed raw answer. */
  readonly payload: "real" | "small";
}

/** As the emulator's answer for a paid card payment takes when it is sealed, and the clauses of one accepted payment. */
const PAYLOADS = {
  real: { sealed: 1_409, clauses: 1_900 },
  small: { sealed: 120, clauses: 60 },
} as const;
/** Every twelfth order was never paid. */
const UNPAID_EACH = 12;
/** A buyer comes back so often. */
const ORDERS_PER_CUSTOMER = 20;

/** What a year of orders leaves behind, by table: registered, paid, a webhook and a look each; nothing of it can be opened. */
export function bulkStatements(plan: BulkPlan, dialect: Dialect): readonly string[] {
  const { count, from, to } = plan;
  const uid = dialect.padded("grow-", 10);
  const payment = dialect.padded("imp_", 12);
  const at = `(${from} + CAST(i * ${(to - from) / count} AS BIGINT))`;
  const isPaid = `i % ${UNPAID_EACH} <> 0`;
  const size = PAYLOADS[plan.payload];
  const clauses = JSON.stringify(clausesOfSize(size.clauses));
  const sealed = (bytes: number) => dialect.bytes(randomBytes(bytes));
  const insert = (table: string, columns: Readonly<Record<string, string>>, where = "") =>
    `WITH ${dialect.numbers(count)} INSERT INTO ${table} (${Object.keys(columns).join(", ")})
     SELECT ${Object.values(columns).join(", ")} FROM numbers ${where === "" ? "" : `WHERE ${where}`}`;
  const event = (sequence: number, type: string, data: string) => ({
    merchant_uid: uid,
    sequence: String(sequence),
    position: "0",
    event_id: dialect.padded(`evt_${sequence}`, 27),
    type: `'${type}'`,
    imp_uid: sequence === 1 ? "NULL" : payment,
    at: `${at} + ${sequence}`,
    data: `'${data}'`,
  });
  const task = (key: string, kind: string) => ({
    key,
    kind: `'${kind}'`,
    merchant_uid: kind === "look" ? uid : "NULL",
    imp_uid: kind === "look" ? "NULL" : payment,
    payload: "'{}'",
    state: "'done'",
    due_at: at,
    wanted: "1",
    done: "1",
    tries: "0",
  });
  return [
    insert("aggregates", { merchant_uid: uid, version: "2", attempt_count: "0" }),
    insert(
      "payments",
      {
        ...{
          merchant_uid: uid,
          imp_uid: payment,
          verdict: "'applied'",
          status: "'paid'",
          status_text: "'paid'",
        },
        ...{ amount_text: "'1000'", amount_minor: "1000", cancelled_text: "'0'", cancelled_minor: "0" },
        ...{ currency: "'KRW'", sandbox: "0", pay_method: "'card'", pg_provider: "'html5_inicis'" },
        ...{ pg_id: "'MOIdojang0'", pg_tid: dialect.padded("MOIdojang0", 22), cancel_count: "0" },
        ...{ started_at: at, paid_at: at, applied_at: at, fetch_started_at: at, fetch_ended_at: at },
        ...{ faults: "'[]'", clauses: `'${clauses}'`, payment_private: sealed(size.sealed) },
      },
      isPaid,
    ),
    insert("orders", {
      ...{ merchant_uid: uid, status: `CASE WHEN ${isPaid} THEN 'paid' ELSE 'expired' END` },
      ...{
        paid_by: `CASE WHEN ${isPaid} THEN ${payment} END`,
        paid_at: `CASE WHEN ${isPaid} THEN ${at} END`,
      },
      ...{ refunded_minor: "0", name: "'감귤 5kg'", amount_minor: "1000", currency: "'KRW'" },
      customer_id: dialect.padded("c-", 9, `i % ${Math.ceil(count / ORDERS_PER_CUSTOMER)}`),
      ...{ tel_index: dialect.randomBytes16, mail_index: dialect.randomBytes16, pay_by: `${at} + 259200000` },
      ...{ is_pay_by_given: "0", created_at: at, customer_private: sealed(103) },
    }),
    insert("events", event(1, "order.registered", '{"amount":"1000","currency":"KRW"}')),
    insert(
      "events",
      event(2, "order.paid", '{"amount":"1000","currency":"KRW","pay_method":"card"}'),
      isPaid,
    ),
    insert("tasks", task(`'look:' || ${uid}`, "look")),
    insert("tasks", task(`'verify:' || ${payment}`, "verify"), isPaid),
    insert(
      "hints",
      {
        ...{ hint_id: "i + 1", imp_uid: payment, merchant_uid: uid, content_type: "'application/json'" },
        ...{ source_address: "'127.0.0.1'", received_at: at, body_private: sealed(114) },
      },
      isPaid,
    ),
  ];
}

/** Text as compressible as the clauses of a decision. */
function clausesOfSize(bytes: number): object[] {
  const one = { id: "K12", name: "pay_method", expected: "any", seen: "card", holds: true };
  return Array.from({ length: Math.floor(bytes / 76) }, (_, index) => ({ ...one, name: `clause_${index}` }));
}
