import type { ActorName } from "./actors.ts";

/** One small case: who acts at the same time, and how it begins. */
export interface Case {
  readonly name: string;
  readonly actors: readonly ActorName[];
  /** The payments of the order at the gateway. */
  readonly payments: readonly string[];
  /** `paid`: at the gateway, and nobody here knows; `unpaid`: a window is open; `applied`: it paid its order; `account`: a virtual one is held. */
  readonly begins: "paid" | "unpaid" | "applied" | "account";
  /** Whether the deadline of the order has passed, for money that had come in time. */
  readonly isLate: boolean;
  /** Whether answers of the gateway may arrive later than they were made. */
  readonly isSlow: boolean;
  /** Whether all actors are in one process and share fetches, or each in its own. */
  readonly isOneProcess: boolean;
  /** Whether a caller's patience may end at any moment. */
  readonly isImpatient: boolean;
  /** Whether reads of a gateway at which nothing changes are no points: see explore.ts. */
  readonly isReduced: boolean;
}

/** Who changes what the gateway shows. */
const CHANGES: readonly ActorName[] = ["approval", "elsewhere", "refund", "refundAgain", "refundOther"];

/** Whether all looks at a payment are equal but for their times: see explore.ts. */
export function isStill({ actors }: Case): boolean {
  return !actors.some((actor) => CHANGES.includes(actor));
}

/** Who the issue names; `sweep` is the reconcile. */
const KINDS = [
  "complete",
  "completeAgain",
  "completeB",
  "webhook",
  "cancel",
  "expiry",
  "sweep",
  "refund",
  "confirm",
] as const satisfies readonly ActorName[];

type Options = Partial<Omit<Case, "name" | "actors" | "payments">>;

export function caseOf(actors: readonly ActorName[], options: Options = {}): Case {
  const whole = {
    begins: "paid",
    isLate: actors.includes("expiry"),
    isSlow: false,
    isOneProcess: false,
    isImpatient: false,
    isReduced: false,
    ...options,
  } as const;
  const words = [
    whole.begins,
    whole.isSlow ? "slow" : "",
    whole.isOneProcess ? "one process" : "",
    whole.isImpatient ? "impatient" : "",
    whole.isReduced ? "reduced" : "",
  ].filter((word) => word !== "");
  const hasB = actors.some((actor) => actor === "completeB" || actor === "confirmB");
  const payments = ["imp_000000000001", ...(hasB ? ["imp_000000000002"] : [])];
  return { ...whole, actors, payments, name: `${actors.join(" + ")} (${words.join(", ")})` };
}

function subsets<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) =>
    subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

/** Two runs of one code with one payment differ in nothing but their names: the second is of use beside the first only. */
function isCanonical(actors: readonly ActorName[]): boolean {
  return !actors.includes("completeAgain") || actors.includes("complete");
}

export const PAIRS = subsets(KINDS, 2).filter(isCanonical);
export const TRIPLES = subsets(KINDS, 3).filter(isCanonical);

/** What has to do with more than the nine: an approval that comes meanwhile, a second wish, somebody in the gateway's console. */
const OTHERS: readonly Case[] = [
  caseOf(["webhook", "webhookAgain", "approval"], { begins: "unpaid" }),
  caseOf(["webhook", "complete", "approval"], { begins: "unpaid", isSlow: true, isOneProcess: true }),
  caseOf(["refund", "refundAgain"], { begins: "applied", isSlow: true }),
  caseOf(["refund", "refundOther"], { begins: "applied", isSlow: true }),
  caseOf(["refund", "refundAgain", "refundOther"], { begins: "applied" }),
  caseOf(["refund", "elsewhere"], { begins: "applied", isSlow: true }),
  caseOf(["refund", "webhook", "elsewhere"], { begins: "applied" }),
  caseOf(["refund", "sweep", "complete"], { begins: "applied" }),
  caseOf(["confirm", "confirmB"], { begins: "unpaid" }),
  caseOf(["confirm", "confirmB", "completeB", "approval"], { begins: "unpaid" }),
  caseOf(["complete", "cancel", "approval"], { begins: "account" }),
  caseOf(["webhook", "cancel", "approval"], { begins: "account" }),
  caseOf(["webhook", "expiry", "approval"], { begins: "account" }),
  caseOf(["complete", "webhook", "cancel", "elsewhere"], { begins: "paid" }),
];

export function casesOf(): readonly Case[] {
  return [
    ...PAIRS.map((pair) => caseOf(pair)),
    ...PAIRS.map((pair) => caseOf([...pair, "approval"], { begins: "unpaid" })),
    ...PAIRS.map((pair) => caseOf(pair, { begins: "applied", isSlow: true })),
    ...PAIRS.map((pair) =>
      caseOf([...pair, "approval"], { begins: "unpaid", isSlow: true, isOneProcess: true }),
    ),
    ...PAIRS.map((pair) => caseOf(pair, { isImpatient: true })),
    ...OTHERS,
    ...TRIPLES.map((triple) => caseOf(triple)),
    ...TRIPLES.map((triple) => caseOf([...triple, "approval"], { begins: "unpaid" })),
  ];
}

const SIX_KINDS = ["complete", "completeAgain", "webhook", "cancel", "expiry", "sweep"] as const;

/** The six of the issue at once. */
export const SIX = caseOf(SIX_KINDS, { isReduced: true });

/** Of the six, all fours. */
export const FOURS = subsets(SIX_KINDS, 4)
  .filter(isCanonical)
  .map((four) => caseOf(four, { isReduced: true }));

/** Some seconds of it. */
export const QUICK: readonly Case[] = [
  caseOf(["complete", "completeAgain"]),
  caseOf(["complete", "completeB"], { isSlow: true, isOneProcess: true }),
  caseOf(["complete", "webhook"]),
  caseOf(["complete", "cancel"]),
  caseOf(["complete", "expiry"]),
  caseOf(["webhook", "expiry"]),
  caseOf(["cancel", "confirm"]),
  caseOf(["complete", "completeAgain", "completeB"]),
  caseOf(["complete", "completeB", "approval"], { begins: "unpaid" }),
  caseOf(["confirm", "confirmB"], { begins: "unpaid" }),
  caseOf(["refund", "elsewhere"], { begins: "applied" }),
];
