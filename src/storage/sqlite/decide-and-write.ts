import type { Aggregate, Decision } from "../../domain/decision.ts";
import { DojangError } from "../../errors.ts";
import { PaymentClash } from "../rows/payment-clash.ts";
import type { Target } from "../store.ts";
import type { Wakeups } from "../wakeups.ts";
import type { Savepoint } from "./batch.ts";
import { loadAggregate } from "./load-aggregate.ts";
import type { Rows } from "./rows.ts";
import { type WriteOptions, writeDecision } from "./write-decision.ts";

interface Parts {
  readonly rows: Rows;
  readonly options: WriteOptions;
  readonly wakeups: Wakeups;
  readonly now: () => number;
}

interface Transaction<Outcome> {
  readonly target: Target;
  readonly decide: (aggregate: Aggregate) => Decision<Outcome>;
  readonly savepoint: Savepoint;
}

/** Loads, decides and writes as one member of a batch; once more, with the clash, when a payment is another order's. */
export function decideAndWrite<Outcome>(parts: Parts, transaction: Transaction<Outcome>): Outcome {
  const { rows, wakeups, now, options } = parts;
  const { target, decide, savepoint } = transaction;
  const run = (clash?: Aggregate["clash"]) => {
    const aggregate = loadAggregate(rows, target, now());
    if (clash !== undefined) aggregate.clash = clash;
    const decision = decide(aggregate);
    wakeups.note(writeDecision(rows, { aggregate, decision, options }));
    return decision.outcome;
  };
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PaymentClash)) throw error;
    savepoint.rollback();
    const { paymentId, orderId } = error;
    return runAgain(() => run({ kind: "payment_of_another_order", paymentId, orderId }));
  }
}

/** A decision that knows of the clash and writes the payment all the same is our bug. */
function runAgain<Outcome>(run: () => Outcome): Outcome {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof PaymentClash)) throw cause;
    throw new DojangError(
      "internal_error",
      `Cannot write payment ${cause.paymentId}: it is stored under another order`,
      { cause },
    );
  }
}
