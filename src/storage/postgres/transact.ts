import type { Aggregate, Decision } from "../../domain/decision.ts";
import { DojangError } from "../../errors.ts";
import { checkIds, surelyWrites } from "../rows/decision-rules.ts";
import { deliveryOf } from "../rows/delivery-task.ts";
import { type DiscrepancyRow, fromDiscrepancyRow } from "../rows/discrepancy-row.ts";
import type { SealContext } from "../rows/seal-context.ts";
import type { StoredDiscrepancy, Target } from "../store.ts";
import { planAudit } from "./audit-statements.ts";
import { inTransaction, type TransactionEnd, WorkError } from "./in-transaction.ts";
import { aggregateOf, loadStatements, restStatements, selectDiscrepancy } from "./load-statements.ts";
import type { Pool } from "./open-pool.ts";
import { isUniqueViolation, toStorageError } from "./postgres-error.ts";
import { hasWritten, lockRoot, makeRoot, raiseRoot, rootOf, whatBecame } from "./root-statements.ts";
import {
  addEvents,
  openDiscrepancy,
  resolveDiscrepancy,
  writeCancellations,
  writeOrder,
  writePayment,
  writeRefund,
} from "./row-statements.ts";
import { BEGIN, ROLLBACK, type Session, type Statement, type StatementResult } from "./session.ts";
import { addTask } from "./task-statements.ts";

export interface TransactDeps {
  readonly pool: Pool;
  readonly context: SealContext;
  readonly now: () => number;
  readonly random: () => number;
  readonly deliversEvents: boolean;
  readonly awayMsMax?: number | undefined;
  /** After a commit: when the earliest of the tasks that it wrote can be claimed. */
  readonly onCommitted: (wakeAt: number | undefined) => void;
}

export interface TransactWork<Outcome> {
  readonly target: Target;
  readonly decide: (aggregate: Aggregate) => Decision<Outcome>;
}

const WRITE_ID_BYTES = 9;

/** One aggregate locked, decided and written: two round trips, three for a first write, an audited one or one that may write nothing. */
export async function transact<Outcome>(deps: TransactDeps, work: TransactWork<Outcome>): Promise<Outcome> {
  try {
    return await attempt(deps, work, undefined);
  } catch (error) {
    if (!(error instanceof Clash)) throw error;
    const { paymentId, orderId } = error;
    return attempt(deps, work, { kind: "payment_of_another_order", paymentId, orderId }).catch(
      (again: unknown) => {
        if (!(again instanceof Clash)) throw again;
        // A decision that knows of the clash and writes the payment all the same is our bug.
        throw new DojangError(
          "internal_error",
          `Cannot write payment ${paymentId}: it is stored under another order`,
          { cause: again },
        );
      },
    );
  }
}

/** The payment is stored under another order already: the decision must be made again, knowing that. */
class Clash extends Error {
  readonly paymentId: string;
  readonly orderId: string;
  constructor(paymentId: string, orderId: string) {
    super("The payment is stored under another order");
    this.paymentId = paymentId;
    this.orderId = orderId;
  }
}

async function attempt<Outcome>(
  deps: TransactDeps,
  { target, decide }: TransactWork<Outcome>,
  clash: Aggregate["clash"],
): Promise<Outcome> {
  const { orderId } = target;
  let writeId = "";
  let version = 0;
  let newPayments: readonly string[] = [];
  try {
    return await inTransaction(deps, {
      async run(session) {
        const aggregate = await load(session, target, deps);
        if (clash !== undefined) aggregate.clash = clash;
        const decision = decided(decide, aggregate);
        writeId = deps.context.random(WRITE_ID_BYTES).toString("base64url");
        version = aggregate.version;
        newPayments = paymentsToInsert(aggregate, decision);
        return plan(session, { aggregate, decision, writeId, deps });
      },
      async readEnd(session) {
        // A root that the lost write itself was making can be waited for only by making it.
        const statements = [BEGIN, makeRoot(orderId), hasWritten(orderId, writeId), ROLLBACK];
        const found = (await session.run(statements))[2];
        return whatBecame(found?.rows[0], version);
      },
    });
  } catch (error) {
    // The error of the database itself is the cause of ours.
    if (!(error instanceof DojangError) || !isUniqueViolation(error.cause, "payments_imp_uid")) throw error;
    const owner = await ownerOf(deps.pool, newPayments, orderId);
    throw owner === undefined ? error : new Clash(owner.paymentId, owner.orderId);
  }
}

function decided<Outcome>(
  decide: (aggregate: Aggregate) => Decision<Outcome>,
  aggregate: Aggregate,
): Decision<Outcome> {
  try {
    const decision = decide(aggregate);
    checkIds(aggregate.orderId, decision);
    return decision;
  } catch (error) {
    throw new WorkError(error);
  }
}

function paymentsToInsert(aggregate: Aggregate, { payments = [] }: Decision<unknown>): string[] {
  const stored = new Set(aggregate.payments.map(({ paymentId }) => paymentId));
  return payments.map(({ paymentId }) => paymentId).filter((id) => !stored.has(id));
}

async function ownerOf(pool: Pool, paymentIds: readonly string[], orderId: string) {
  const statement: Statement = {
    name: "payment_owners",
    text: `SELECT imp_uid AS "paymentId", merchant_uid AS "orderId" FROM payments
      WHERE imp_uid = ANY ($1::text[]) AND merchant_uid <> $2 LIMIT 1`,
    values: [paymentIds, orderId],
  };
  const [found] = await pool
    .use((session) => session.run([statement]))
    .catch((error: unknown) => {
      throw toStorageError(error);
    });
  return found?.rows[0] as { paymentId: string; orderId: string } | undefined;
}

/** Begins the transaction, and locks the root before anything is read. */
async function load(session: Session, target: Target, { context, now }: TransactDeps) {
  const { orderId, discrepancyId } = target;
  let begun: readonly Statement[] = [BEGIN];
  let discrepancy: StoredDiscrepancy | undefined;
  if (discrepancyId !== undefined) {
    const [, , found] = await session.run([...begun, lockRoot(orderId), selectDiscrepancy(discrepancyId)]);
    const row = found?.rows[0];
    discrepancy =
      row === undefined ? undefined : fromDiscrepancyRow(row as unknown as DiscrepancyRow, context);
    begun = [];
  }
  const wanted = { target, paymentId: target.paymentId ?? discrepancy?.paymentId, discrepancy };
  const read = async (before: readonly Statement[]) => {
    const results = await session.run([...before, lockRoot(orderId), ...loadStatements(wanted)]);
    const root = rootOf(results[before.length]?.rows[0]);
    return { root, results: results.slice(before.length + 1) };
  };
  let { root, results } = await read(begun);
  if (root === undefined) {
    const [made, locked] = await session.run([makeRoot(orderId), lockRoot(orderId)]);
    root = rootOf(locked?.rows[0]);
    // Nothing hangs on a root that was not there: what was read holds, unless another one made it.
    if (made?.count === 0) ({ root, results } = await read([]));
  }
  if (root === undefined) throw new Error("Invariant violated: a root that was made is not there");
  const [first] = results;
  const more = first === undefined ? [] : restStatements(wanted, first);
  const rest = more.length === 0 ? [] : await session.run(more);
  return aggregateOf(wanted, { root, results, rest, now: now(), context });
}

interface Plan<Outcome> {
  readonly aggregate: Aggregate;
  readonly decision: Decision<Outcome>;
  readonly writeId: string;
  readonly deps: TransactDeps;
}

async function plan<Outcome>(
  session: Session,
  { aggregate, decision, writeId, deps }: Plan<Outcome>,
): Promise<TransactionEnd<Outcome>> {
  const { outcome } = decision;
  const { orderId, now } = aggregate;
  const version = aggregate.version + 1;
  const attemptCount = decision.attemptCount ?? aggregate.attemptCount;
  const raise = (auditHead?: Buffer) => raiseRoot(orderId, { version, attemptCount, writeId, auditHead });
  const { sure, perhaps } = statementsOf({ aggregate, decision, deps });
  const committed = (results: readonly StatementResult[]) => {
    deps.onCommitted(earliestWake(results, now));
    return outcome;
  };
  if (surelyWrites(aggregate, decision)) {
    const entries = decision.audit ?? [];
    const rest = [...sure, ...perhaps];
    if (entries.length === 0) return { kind: "writes", statements: [...rest, raise()], value: committed };
    // The counter's lock is the last one that is taken.
    const written = await session.run(rest);
    const audit = await planAudit(session, { entries, orderId, at: now, context: deps.context });
    const statements = [...audit.statements, raise(audit.last.hash)];
    return { kind: "writes", statements, value: () => committed(written) };
  }
  if (perhaps.length === 0) return { kind: "nothing", value: outcome };
  const written = await session.run(perhaps);
  if (written.every(({ count }) => count === 0)) return { kind: "nothing", value: outcome };
  return { kind: "writes", statements: [raise()], value: () => committed(written) };
}

/** Parents before children. Which of `perhaps` write a row is known by their counts alone. */
function statementsOf({ aggregate, decision, deps }: Omit<Plan<unknown>, "writeId">) {
  const { context } = deps;
  const { orderId, now } = aggregate;
  const at = { orderId, now };
  const storedRefunds = new Set(aggregate.refunds.map(({ refundId }) => refundId));
  const events = addEvents(
    decision.events ?? [],
    { orderId, sequence: aggregate.version + 1, at: now },
    context,
  );
  const deliveries = deps.deliversEvents
    ? (decision.events ?? []).flatMap((event, index) => deliveryOf(event, events.ids[index] ?? "", at))
    : [];
  const sure = [
    ...(decision.payments ?? []).flatMap((payment) => [
      writePayment(payment, context),
      ...writeCancellations(payment),
    ]),
    ...(decision.order === undefined ? [] : [writeOrder(decision.order, aggregate.order, context)]),
    ...(decision.refunds ?? []).map((refund) =>
      writeRefund(refund, storedRefunds.has(refund.refundId), context),
    ),
    ...events.statements,
  ];
  const perhaps = [
    ...(decision.resolutions ?? []).map((resolution) => resolveDiscrepancy(resolution, at, context)),
    ...(decision.discrepancies ?? []).map((discrepancy) => openDiscrepancy(discrepancy, at, context)),
    ...[...(decision.tasks ?? []), ...deliveries].map(addTask),
  ];
  return { sure, perhaps };
}

/** Without the results, as after a lost answer, something may be due now. */
function earliestWake(results: readonly StatementResult[], now: number): number | undefined {
  if (results.length === 0) return now;
  const times = results.flatMap(({ rows }) => rows.map(({ wake_at }) => wake_at));
  const due = times.filter((time): time is number => typeof time === "number");
  return due.length === 0 ? undefined : Math.min(...due);
}
