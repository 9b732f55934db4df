import Database from "better-sqlite3";

export interface RefundRow {
  readonly refund_id: string;
  readonly merchant_uid: string;
  readonly imp_uid: string;
  readonly amount_minor: number;
  readonly state: "requested" | "unknown" | "succeeded" | "failed";
  readonly sends: number;
  readonly sent_at: number | null;
  readonly accepted_at: number | null;
  readonly failure_code: string | null;
}

export interface OrderRow {
  readonly merchant_uid: string;
  readonly version: number;
  readonly status: string;
  readonly paid_by: string | null;
  readonly refunded_minor: number;
  readonly account_payment: string | null;
  readonly account_due_at: number | null;
  /** All that is fixed at registration, as one text. */
  readonly fixed: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly pay_by: number;
}

export interface PaymentRow {
  readonly imp_uid: string;
  readonly merchant_uid: string;
  readonly verdict: string;
  readonly status: string;
  readonly amount_minor: number | null;
  readonly cancelled_minor: number | null;
  readonly currency: string;
  readonly sandbox: number | null;
  readonly pay_method: string | null;
  readonly pg_provider: string | null;
  readonly pg_id: string | null;
  readonly account_due_at: number | null;
  readonly paid_at: number | null;
}

export interface DiscrepancyRow {
  readonly discrepancy_id: string;
  readonly merchant_uid: string;
  readonly imp_uid: string | null;
  readonly cause: string;
  readonly kind: string;
  readonly opened_at: number;
  readonly resolved_at: number | null;
}

export interface EventRow {
  readonly event_id: string;
  readonly merchant_uid: string;
  readonly imp_uid: string | null;
  readonly type: string;
}

export interface TaskRow {
  readonly key: string;
  readonly kind: string;
  readonly imp_uid: string | null;
  readonly state: "due" | "leased" | "done" | "dead";
}

const FIXED = `json_array(o.name, o.amount_minor, o.currency, o.tax_free_minor, o.vat_minor, o.customer_id, hex(o.tel_index),
  hex(o.mail_index), o.pay_by, o.is_pay_by_given, o.return_url, o.allowed, o.created_at) AS fixed`;

/** Reads what is committed in the database file, past the server: also while it is dead. */
export class Books {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement<unknown[], unknown>>();

  constructor(path: string) {
    this.#db = new Database(path, { readonly: true });
  }

  /** Another number once anything was committed. */
  version(): number {
    return this.#one<number>("PRAGMA data_version");
  }

  refund(refundId: string): RefundRow | undefined {
    return this.#all<RefundRow>("SELECT * FROM refunds WHERE refund_id = ?", refundId)[0];
  }

  refunds(): readonly RefundRow[] {
    return this.#all("SELECT * FROM refunds ORDER BY requested_at, refund_id");
  }

  orders(): readonly OrderRow[] {
    return this.#all(`SELECT o.merchant_uid, a.version, status, paid_by, refunded_minor, account_payment, account_due_at,
      amount_minor, currency, pay_by, ${FIXED} FROM orders AS o JOIN aggregates AS a USING (merchant_uid) ORDER BY o.row_id`);
  }

  payments(): readonly PaymentRow[] {
    return this.#all(`SELECT imp_uid, merchant_uid, verdict, status, amount_minor, cancelled_minor, currency, sandbox, pay_method,
      pg_provider, pg_id, account_due_at, paid_at FROM payments ORDER BY row_id`);
  }

  discrepancies(): readonly DiscrepancyRow[] {
    return this.#all(`SELECT discrepancy_id, merchant_uid, imp_uid, cause, kind, opened_at, resolved_at FROM discrepancies
      ORDER BY opened_at, cause`);
  }

  events(): readonly EventRow[] {
    return this.#all(
      "SELECT event_id, merchant_uid, imp_uid, type FROM events ORDER BY at, merchant_uid, sequence, position",
    );
  }

  tasks(): readonly TaskRow[] {
    return this.#all("SELECT key, kind, imp_uid, state FROM tasks ORDER BY key");
  }

  /** How many hints name a payment. */
  hints(paymentId: string): number {
    return this.#one("SELECT count(*) AS count FROM hints WHERE imp_uid = ?", paymentId);
  }

  auditRows(subject: string): number {
    return this.#one("SELECT count(*) AS count FROM audit WHERE subject = ?", subject);
  }

  /** Payments whose refunds have a task that will run. */
  paymentsWithTask(): ReadonlySet<string> {
    const awake = this.#all<TaskRow>(
      "SELECT imp_uid FROM tasks WHERE kind = 'refund' AND state IN ('due', 'leased')",
    );
    return new Set(awake.flatMap(({ imp_uid }) => imp_uid ?? []));
  }

  close(): void {
    this.#db.close();
  }

  #statement(sql: string): Database.Statement<unknown[], unknown> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#db.prepare<unknown[], unknown>(sql);
    this.#statements.set(sql, made);
    return made;
  }

  #all<Row>(sql: string, ...values: readonly string[]): readonly Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #one<Value>(sql: string, ...values: readonly string[]): Value {
    const [value] = Object.values(this.#statement(sql).get(...values) as object);
    return value as Value;
  }
}

export function isOpen({ state }: RefundRow): boolean {
  return state === "requested" || state === "unknown";
}
