import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import type { Received } from "../emulator/open-receiver.ts";
import { amountMinor, entries, minor } from "../support/bank.ts";
import type { Rows } from "../support/open-rows.ts";
import type { Told } from "./told.ts";

export interface Witness {
  readonly rows: Rows;
  /** The gateway's true ledger. */
  readonly payments: readonly PaymentRecord[];
  readonly told: Told;
  /** What the shop's endpoint got. */
  readonly events: readonly Received[];
  /** Whether a refund may still wait for its next look: what it did may not be stored then. Default: no. */
  readonly mayWait?: boolean;
  /** Whether the payments come through test channels. Default: yes. */
  readonly isSandbox?: boolean;
}

interface OrderRow {
  readonly merchant_uid: string;
  readonly status: string;
  readonly paid_by: string | null;
  readonly amount_minor: number;
  readonly refunded_minor: number;
  readonly currency: string;
}

interface PaymentRow {
  readonly merchant_uid: string;
  readonly imp_uid: string;
  readonly verdict: string;
  readonly amount_minor: number;
  readonly cancelled_minor: number;
  readonly currency: string;
  readonly sandbox: number;
}

interface RefundRow {
  readonly refund_id: string;
  readonly merchant_uid: string;
  readonly imp_uid: string;
  readonly amount_minor: number;
  readonly state: string;
  readonly failure_code: string | null;
}

const IS_PAID: readonly string[] = ["paid", "partially_refunded", "refunded"];
const IS_PAYER: readonly string[] = ["applied", "reversed"];

/** The rows of one moment, and what does not hold of them: the invariants of docs/guarantees.md, once nothing moves any more. */
export async function findFaults(witness: Witness): Promise<string[]> {
  const { rows } = witness;
  const orders = await rows.all<OrderRow>("SELECT * FROM orders");
  const payments = await rows.all<PaymentRow>("SELECT * FROM payments");
  const refunds = await rows.all<RefundRow>("SELECT * FROM refunds");
  const found = new Faults();
  const open = refunds.filter(({ state }) => state === "requested" || state === "unknown");
  const waiting = new Set(witness.mayWait === true ? open.map(({ imp_uid }) => imp_uid) : []);
  checkOrders(found, { orders, payments, witness });
  checkPayments(found, { orders, payments, witness, waiting, told: await toldOf(rows) });
  checkRefunds(found, { refunds, witness });
  await checkHints(found, witness);
  await checkEvents(found, { orders, witness });
  await checkTasks(found, rows);
  return [...witness.told.contradictions, ...found.all];
}

class Faults {
  readonly all: string[] = [];
  must(holds: boolean, otherwise: string): void {
    if (!holds) this.all.push(otherwise);
  }
}

/** Payments that an operator is shown. */
async function toldOf(rows: Rows): Promise<ReadonlySet<string>> {
  const found = await rows.all<{ imp_uid: string }>(
    "SELECT imp_uid FROM discrepancies WHERE imp_uid IS NOT NULL",
  );
  return new Set(found.map(({ imp_uid }) => imp_uid));
}

interface Stored {
  readonly orders: readonly OrderRow[];
  readonly payments: readonly PaymentRow[];
  readonly witness: Witness;
}

/** I1, I11, I13: one payer, what was answered is there, and nothing else is. */
function checkOrders(found: Faults, { orders, payments, witness: { told } }: Stored): void {
  const byId = new Map(orders.map((order) => [order.merchant_uid, order]));
  for (const [id, amount] of told.registered) {
    const order = byId.get(id);
    found.must(order !== undefined, `${id} was registered and is lost`);
    found.must(order?.amount_minor === amount, `${id} of ${amount} is of ${order?.amount_minor}`);
  }
  found.must(
    orders.length === told.registered.size,
    `${orders.length} orders of ${told.registered.size} asked for`,
  );
  for (const [id, payer] of told.paid)
    found.must(byId.get(id)?.paid_by === payer, `${id} was answered as paid by ${payer} and is not`);
  for (const id of told.cancelled)
    found.must(
      byId.get(id)?.status === "cancelled",
      `${id} was answered as cancelled and is ${byId.get(id)?.status}`,
    );
  for (const { merchant_uid: id, status, paid_by } of orders) {
    const payers = payments.filter(
      ({ merchant_uid, verdict }) => merchant_uid === id && IS_PAYER.includes(verdict),
    );
    found.must(payers.length <= 1, `${id} has ${payers.length} payers`);
    found.must((payers[0]?.imp_uid ?? null) === paid_by, `${id} names another payer than its payments`);
    found.must(IS_PAID.includes(status) === (paid_by !== null), `${id} is ${status} and paid by ${paid_by}`);
  }
}

/** I2 to I5, I14: what was applied was paid, whatever was paid is applied or shown, and what went back is known. */
function checkPayments(
  found: Faults,
  {
    orders,
    payments,
    witness,
    waiting,
    told,
  }: Stored & { readonly told: ReadonlySet<string>; readonly waiting: ReadonlySet<string> },
): void {
  const channel = witness.isSandbox === false ? 0 : 1;
  const byId = new Map(orders.map((order) => [order.merchant_uid, order]));
  const stored = new Map(payments.map((payment) => [payment.imp_uid, payment]));
  found.must(stored.size === payments.length, "a payment is stored twice");
  for (const truth of witness.payments) {
    const { imp_uid: id } = truth;
    const row = stored.get(id);
    const wasPaid = truth.paid_at > 0;
    const isApplied = row !== undefined && IS_PAYER.includes(row.verdict);
    if (wasPaid)
      found.must(isApplied || told.has(id), `${id} was paid and is lost (${row?.verdict ?? "no row"})`);
    if (row === undefined) continue;
    found.must(row.merchant_uid === truth.merchant_uid, `${id} stands under another order`);
    found.must(
      waiting.has(id) || row.cancelled_minor === minor(truth.cancel_amount, truth),
      `${id} gave back ${truth.cancel_amount} and ${row.cancelled_minor} is stored`,
    );
    if (!isApplied) continue;
    const order = byId.get(row.merchant_uid);
    const seen = `${row.amount_minor} ${row.currency} ${row.sandbox}`;
    found.must(wasPaid, `${id} is applied and was never paid`);
    found.must(
      seen === `${order?.amount_minor} ${order?.currency} ${channel}`,
      `${id} of ${seen} is applied to another amount`,
    );
    found.must(amountMinor(truth) === row.amount_minor, `${id} is applied with an amount that it never had`);
    found.must(
      order?.refunded_minor === row.cancelled_minor,
      `${row.merchant_uid} does not say what went back`,
    );
  }
}

/** I15: a refund that was accepted is done exactly once, and none is done that was not asked for. */
function checkRefunds(
  found: Faults,
  of: { readonly refunds: readonly RefundRow[]; readonly witness: Witness },
): void {
  const { told, payments, mayWait = false } = of.witness;
  const rows = new Map(of.refunds.map((row) => [row.refund_id, row]));
  for (const [key, { id, amount }] of told.refunds) {
    const row = rows.get(id);
    found.must(row?.amount_minor === amount, `${key} was accepted and is not stored`);
    found.must(row?.state !== "failed", `${key} failed: ${row?.failure_code}`);
  }
  for (const [orderId, asked] of told.wishes) {
    const stored = of.refunds.filter(({ merchant_uid }) => merchant_uid === orderId).length;
    found.must(stored <= asked, `${asked} refunds of ${orderId} were asked for and ${stored} are stored`);
  }
  const wishes = new Set([...told.refunds.values()].map(({ id }) => id));
  for (const payment of payments) {
    const done = entries(payment).flatMap(({ refundId, ...entry }) =>
      refundId ? [{ refundId, ...entry }] : [],
    );
    const ids = done.map(({ refundId }) => refundId);
    found.must(new Set(ids).size === ids.length, `${payment.imp_uid} carried out a refund twice`);
    for (const { refundId, amountMinor: minorDone } of done) {
      const row = rows.get(refundId);
      found.must(row?.imp_uid === payment.imp_uid, `${refundId} is in the ledger and not stored`);
      found.must(
        row?.amount_minor === minorDone,
        `${refundId} gave back ${minorDone} of ${row?.amount_minor}`,
      );
      const isLate = mayWait && row?.state !== "failed";
      found.must(isLate || row?.state === "succeeded", `${refundId} is done and called ${row?.state}`);
    }
    for (const row of of.refunds)
      if (row.imp_uid === payment.imp_uid && row.state === "succeeded")
        found.must(
          ids.includes(row.refund_id),
          `${row.refund_id} is called succeeded and is not in the ledger`,
        );
  }
  // One whose answers were all lost may be stored: it was asked for once all the same.
  found.must(of.refunds.length >= wishes.size, "a refund is lost");
}

/** I10: a webhook that was answered 200 is in the inbox, once for each time that it was sent. */
async function checkHints(found: Faults, { rows, told }: Witness): Promise<void> {
  const counted = await rows.all<{ id: string; count: number }>(
    "SELECT imp_uid AS id, count(*) AS count FROM hints GROUP BY imp_uid",
  );
  const stored = new Map(counted.map(({ id, count }) => [id, count]));
  for (const [id, { sent, answered }] of told.hints) {
    const count = stored.get(id) ?? 0;
    found.must(count >= answered, `${answered} webhooks of ${id} were answered and ${count} are stored`);
    found.must(count <= sent, `${sent} webhooks of ${id} were sent and ${count} are stored`);
  }
}

interface EventRow {
  readonly merchant_uid: string;
  readonly sequence: number;
  readonly position: number;
  readonly event_id: string;
  readonly type: string;
}

/** I8, I9, I19: one event for each fact, under a number of its own, and the shop heard of it. */
async function checkEvents(
  found: Faults,
  { orders, witness }: { readonly orders: readonly OrderRow[]; readonly witness: Witness },
): Promise<void> {
  const events = await witness.rows.all<EventRow>(
    "SELECT * FROM events ORDER BY merchant_uid, sequence, position",
  );
  const versions = await witness.rows.all<{ merchant_uid: string; version: number }>(
    "SELECT merchant_uid, version FROM aggregates",
  );
  const heard = new Map<string, Set<string>>();
  for (const { headers, body } of witness.events) {
    const id = String(headers["webhook-id"]);
    heard.set(id, (heard.get(id) ?? new Set()).add(body));
  }
  const version = new Map(versions.map((one) => [one.merchant_uid, one.version]));
  for (const { merchant_uid: id, status, paid_by } of orders) {
    const own = events.filter(({ merchant_uid }) => merchant_uid === id);
    const count = (type: string) => own.filter((event) => event.type === type).length;
    found.must(count("order.registered") === 1, `${id} was registered ${count("order.registered")} times`);
    found.must(
      count("order.paid") === (paid_by === null ? 0 : 1),
      `${id} became paid ${count("order.paid")} times`,
    );
    own.forEach(({ sequence, position }, at) => {
      const before = own[at - 1];
      const isNext = before !== undefined && before.sequence === sequence && before.position === position - 1;
      const isFirst = position === 0 && (before === undefined || before.sequence < sequence);
      found.must(isNext || isFirst, `${id} has a gap before event ${sequence}.${position}`);
      found.must(sequence >= 1 && sequence <= (version.get(id) ?? 0), `${id} has an event of no version`);
    });
    const paid = own.find(({ type }) => type === "order.paid");
    if (status !== "paid" || paid === undefined || heard.has(paid.event_id)) continue;
    const [task] = await witness.rows.all("SELECT * FROM tasks WHERE key = ?", `deliver:${paid.event_id}`);
    found.must(false, `the shop never heard that ${id} is paid: ${JSON.stringify(task)}`);
  }
  for (const [id] of heard)
    found.must(
      events.some(({ event_id }) => event_id === id),
      `the shop heard of ${id}, an event of nobody`,
    );
}

/** I17: no task was given up, and none is left. */
async function checkTasks(found: Faults, rows: Rows): Promise<void> {
  const dead = await rows.all<{ key: string; last_error: string }>(
    "SELECT key, last_error FROM tasks WHERE state = 'dead'",
  );
  for (const { key, last_error } of dead) found.must(false, `${key} is dead: ${last_error}`);
}
