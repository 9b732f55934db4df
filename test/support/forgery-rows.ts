import assert from "node:assert/strict";
import type { Clause } from "../../src/domain/clause.ts";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import type { TestDojang } from "./dojang.ts";

/** The rows of one order as shop and operators see them, and its tasks by key. */
export interface Stored {
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  readonly order: any;
  readonly events: readonly string[];
  readonly tasks: readonly string[];
}

/** What an order must look like in the end. */
export interface ExpectedRows {
  readonly status: string;
  /** The payment that paid it; none when left out. */
  readonly paidBy?: string;
  /** imp_uid to verdict, all of them; none when left out. */
  readonly payments?: Readonly<Record<string, string>>;
  /** Kinds, in any order; none when left out. */
  readonly discrepancies?: readonly string[];
  /** All event types in order; not compared when left out. */
  readonly events?: readonly string[];
}

/** Reads the order over HTTP, and what HTTP does not show from the store. */
export async function readStored(dojang: TestDojang, merchantUid: string): Promise<Stored> {
  const { store } = dojang.dojang.deps;
  const answer = await dojang.read(merchantUid);
  assert.equal(answer.status, 200, answer.text);
  const events = (await store.readTimeline(merchantUid)).map((event) => event.type);
  const tasks = (await store.readTasks({ orderId: merchantUid, limit: 1000 })).map((task) => task.key);
  return { order: answer.body, events, tasks: tasks.toSorted() };
}

/** Not one row of the order, its payments, discrepancies, events or tasks differs: the version stands too. */
export function assertUnchanged(before: Stored, after: Stored): void {
  assert.deepEqual(after, before, "nothing may change");
}

/** The order's rows are the expected ones, and no others. */
export function assertRows({ order, events }: Stored, expected: ExpectedRows): void {
  const verdicts: Record<string, string> = {};
  for (const { imp_uid, verdict } of order.payments) verdicts[imp_uid] = verdict;
  const kinds = order.discrepancies.map(({ kind }: { kind: string }) => kind);
  assert.equal(order.status, expected.status);
  assert.equal(order.imp_uid, expected.paidBy ?? null);
  assert.equal(order.paid_at !== null, expected.paidBy !== undefined);
  assert.deepEqual(verdicts, expected.payments ?? {});
  assert.deepEqual(kinds.toSorted(), [...(expected.discrepancies ?? [])].sort());
  if (expected.events !== undefined) assert.deepEqual(events, expected.events);
  // I1 and I8: one payer, one order.paid, or none of either.
  const isPaid = expected.paidBy !== undefined;
  const payers = Object.values(verdicts).filter((verdict) => verdict === "applied" || verdict === "reversed");
  assert.equal(payers.length, isPaid ? 1 : 0, "one applied payment if and only if it is paid");
  assert.equal(events.filter((type) => type === "order.paid").length, isPaid ? 1 : 0, "order.paid");
}

const FROZEN = [
  "merchant_uid",
  "name",
  "amount",
  "currency",
  "tax_free",
  "vat_amount",
  "customer",
  "pay_by",
  "return_url",
  "metadata",
  "allowed",
  "created_at",
];

/** I13: what registration fixed is what is stored, whatever a payment says. */
export function assertFrozen(
  order: Record<string, unknown>,
  asRegistered: Record<string, unknown> | undefined,
): void {
  if (asRegistered === undefined) return;
  for (const field of FROZEN) assert.deepEqual(order[field], asRegistered[field], `${field} is frozen`);
}

/** The names of the clauses that did not hold for this payment, in the rule's order. */
export function brokenClauses({ order }: Stored, payment: string | PaymentRecord): string[] {
  const id = typeof payment === "string" ? payment : payment.imp_uid;
  const row = order.payments.find(({ imp_uid }: { imp_uid: string }) => imp_uid === id);
  assert.ok(row, "the payment is stored");
  return row.clauses.filter(({ holds }: Clause) => !holds).map(({ name }: Clause) => name);
}
