import type { Local, Operation, SequentialModel } from "./check-history.ts";

export type PaymentName = "A" | "B";

/** What a client asked, and what it was answered. `answer` is absent where none came, or none that tells anything. */
export type OrderOp = Operation &
  (
    | {
        readonly kind: "complete";
        readonly payment: PaymentName;
        readonly answer?: "success" | "closed" | "pending";
      }
    | { readonly kind: "webhook"; readonly payment: PaymentName; readonly answer?: "stored" }
    | { readonly kind: "cancel"; readonly answer?: "cancelled" | "already_paid" }
    | {
        readonly kind: "refund";
        readonly key: number;
        readonly amount: number;
        readonly answer?: "accepted" | "not_paid" | "too_much";
      }
    | { readonly kind: "read"; readonly answer?: Shown }
    /** At the PG: the buyer's payment is approved. */
    | { readonly kind: "approve"; readonly payment: PaymentName; readonly answer: "approved" }
  );

export interface Shown {
  readonly status: string;
  readonly paidBy: PaymentName | undefined;
  readonly refunded: number;
  readonly refunds: number;
}

/** The order of record, as one that is asked about it by one client at a time. */
interface OrderState {
  /** Who paid it; or that it is still open, or closed unpaid. */
  readonly is: "open" | "cancelled" | PaymentName;
  /** What is approved at the PG. */
  readonly approved: string;
  /** What somebody told of: that it is looked at by itself. */
  readonly hinted: string;
  /** Refunds that were accepted, by key, with their amounts; and those of them that have been carried out. */
  readonly accepted: Readonly<Record<string, number>>;
  readonly carriedOut: readonly number[];
}

type Next = readonly { readonly state: string; readonly local?: Local }[];

const NOTHING: Next = [];
const ALL: readonly PaymentName[] = ["A", "B"];

/** A look of Dojang's own may come after so long: then everything counts as told of. */
export const OWN_LOOK_AFTER_MS = 4_500;
/** A call of so long may have been answered without the gateway. */
export const PATIENCE_MS = 3_500;

export interface AboutHistory {
  readonly lastsMs: number;
  /** Whether the servers sweep the gateway's lists: then any payment may be found at any time. */
  readonly hasSweeps: boolean;
}

/**
 * The order as docs/guarantees.md describes it, written without a look at src/domain.
 *
 * A completion reads the gateway, then decides. A cancel reads the gateway's list, decides what it found paid, then closes what is
 * still open. Whatever is accepted or hinted happens some time later by itself, or not before the history ends.
 */
export function orderModel(total: number, { lastsMs, hasSweeps }: AboutHistory): SequentialModel<OrderOp> {
  const isFoundAnyway = lastsMs > OWN_LOOK_AFTER_MS || hasSweeps;
  const initial: OrderState = {
    is: "open",
    approved: "",
    hinted: isFoundAnyway ? "AB" : "",
    accepted: {},
    carriedOut: [],
  };
  return {
    initial: JSON.stringify(initial),
    step(text, op, local) {
      const state = JSON.parse(text) as OrderState;
      return op.kind === "cancel"
        ? cancel(state, op, local)
        : STEPS[op.kind](state, op as never, { local, total });
    },
    spontaneous: (text) => itself(JSON.parse(text) as OrderState),
  };
}

type Of<Kind extends OrderOp["kind"]> = Extract<OrderOp, { kind: Kind }>;
interface Beside {
  readonly local: Local | undefined;
  readonly total: number;
}

const STEPS: {
  readonly [Kind in Exclude<OrderOp["kind"], "cancel">]: (
    state: OrderState,
    op: Of<Kind>,
    beside: Beside,
  ) => Next;
} = {
  approve: (state, { payment }) => ends({ ...state, approved: add(state.approved, payment) }),
  webhook: (state, { payment }) => ends({ ...state, hinted: add(state.hinted, payment) }),
  complete(state, op, { local }) {
    const { payment, answer } = op;
    if (local === undefined) {
      const looked = goesOn(state, state.approved.includes(payment) ? "approved" : "not");
      // Out of patience: it knows nothing of the gateway.
      return isSlow(op) ? [...looked, ...goesOn(state, "too late")] : looked;
    }
    if (local === "too late") {
      const told = state.is === payment ? "success" : "pending";
      return fits(answer, told, { ...state, hinted: add(state.hinted, payment) });
    }
    if (state.is === payment) return fits(answer, "success", state);
    if (state.is !== "open") return fits(answer, "closed", state);
    if (local === "approved") return fits(answer, "success", { ...state, is: payment });
    // It is looked at again by itself, with all other attempts.
    return fits(answer, "pending", state);
  },
  refund(state, { key, amount, answer }, { total }) {
    if (state.is === "open" || state.is === "cancelled") return fits(answer, "not_paid", state);
    if (key in state.accepted) return fits(answer, "accepted", state);
    const rest = total - Object.values(state.accepted).reduce((sum, one) => sum + one, 0);
    if (amount > rest) return fits(answer, "too_much", state);
    return fits(answer, "accepted", { ...state, accepted: { ...state.accepted, [key]: amount } });
  },
  read(state, { answer }, { total }) {
    const { status, paidBy, refunded, refunds } = shownOf(state, total);
    const isSame =
      answer === undefined ||
      (answer.status === status &&
        answer.paidBy === paidBy &&
        answer.refunded === refunded &&
        answer.refunds === refunds);
    return isSame ? ends(state) : NOTHING;
  },
};

/** The list, one decision for each payment that it showed as paid, and the end. */
function cancel(state: OrderState, op: Of<"cancel">, local: Local | undefined): Next {
  if (local === undefined) return goesOn(state, state.approved);
  const close: OrderState = state.is === "open" ? { ...state, is: "cancelled" } : state;
  const told = close.is === "cancelled" ? "cancelled" : "already_paid";
  if (local === "" || isSlow(op)) {
    const closed = fits(op.answer, told, close);
    return local === "" ? closed : [...closed, ...decideListed(state, local)];
  }
  return decideListed(state, local);
}

function decideListed(state: OrderState, local: Local): Next {
  return ALL.filter((payment) => local.includes(payment)).map((payment) => ({
    state: JSON.stringify(state.is === "open" ? { ...state, is: payment } : state),
    local: local.replace(payment, ""),
  }));
}

/** A payment that was told of is applied, and a refund that was accepted is carried out. */
function itself(state: OrderState): readonly string[] {
  const applied = ALL.filter((one) => state.hinted.includes(one) && state.approved.includes(one))
    .filter(() => state.is === "open")
    .map((payment): OrderState => ({ ...state, is: payment }));
  const done = Object.keys(state.accepted)
    .map(Number)
    .filter((key) => !state.carriedOut.includes(key))
    .map((key): OrderState => ({ ...state, carriedOut: [...state.carriedOut, key].toSorted() }));
  return [...applied, ...done].map((next) => JSON.stringify(next));
}

function shownOf({ is, accepted, carriedOut }: OrderState, total: number): Shown {
  const refunds = Object.keys(accepted).length;
  const refunded = carriedOut.reduce((sum, key) => sum + (accepted[key] ?? 0), 0);
  if (is === "open") return { status: "pending", paidBy: undefined, refunded, refunds };
  if (is === "cancelled") return { status: "cancelled", paidBy: undefined, refunded, refunds };
  const status = refunded === 0 ? "paid" : refunded < total ? "partially_refunded" : "refunded";
  return { status, paidBy: is, refunded, refunds };
}

function isSlow({ calledAt, endedAt }: Operation): boolean {
  return endedAt - calledAt > PATIENCE_MS;
}

function add(names: string, name: PaymentName): string {
  return [...new Set([...names, name])].toSorted().join("");
}

function ends(state: OrderState): Next {
  return [{ state: JSON.stringify(state) }];
}

function goesOn(state: OrderState, local: Local): Next {
  return [{ state: JSON.stringify(state), local }];
}

/** An operation without an answer may have come to anything. */
function fits<Answer>(given: Answer | undefined, expected: Answer, state: OrderState): Next {
  return given === undefined || given === expected ? ends(state) : NOTHING;
}
