import type { CheckoutState } from "../../src/http/checkout-schemas.ts";

/** What the buyer tried on this page, and what came of it. Nothing of it outlives the page: the order is the server's. */
export type Attempt =
  | { readonly kind: "none" }
  /** The buyer asked for the form although an account waits for the money. */
  | { readonly kind: "choosing" }
  | { readonly kind: "opening" }
  /** `hadAccount`: an account waited for the money before. One that waits now and did not is what came of it. */
  | { readonly kind: "checking"; readonly isSlow: boolean; readonly hadAccount: boolean }
  /** `word`: of the answer of /payments/complete, or `failed` as the window said. `reason`: the PG's own text. */
  | { readonly kind: "ended"; readonly word: string; readonly reason?: string };

export type Screen =
  | "form"
  | "checking"
  | "paid"
  | "partly_refunded"
  | "refunded"
  | "account"
  | "failed"
  | "forgery"
  | "closed"
  | "cancelled"
  | "expired"
  | "preparing"
  | "unavailable"
  | "elsewhere";

const OF_STATUS = {
  paid: "paid",
  partially_refunded: "partly_refunded",
  refunded: "refunded",
  cancelled: "cancelled",
  expired: "expired",
} as const satisfies Partial<Record<CheckoutState["status"], Screen>>;

/** Words that say something which the order itself does not. Any other refusal is shown as closed. */
const OF_WORD: Readonly<Record<string, Screen>> = {
  failed: "failed",
  forgery: "forgery",
  // The order does not show it yet: it will.
  success: "checking",
  vbankIssued: "checking",
};

interface Known {
  readonly state: CheckoutState;
  readonly attempt: Attempt;
  /** Whether this server can open a payment window at all. */
  readonly canPay: boolean;
}

/** What to show. The order's state comes before whatever this page heard: an address or a callback proves nothing. */
export function screenOf({ state, attempt, canPay }: Known): Screen {
  if (state.status !== "pending" && state.status !== "awaiting_deposit") return OF_STATUS[state.status];
  if (attempt.kind === "checking")
    return state.status === "awaiting_deposit" && !attempt.hadAccount ? "account" : "checking";
  const isAccountShown =
    state.status === "awaiting_deposit" && attempt.kind === "ended" && attempt.word === "vbankIssued";
  if (attempt.kind === "ended" && !isAccountShown) return OF_WORD[attempt.word] ?? "closed";
  const wantsForm = attempt.kind === "choosing" || attempt.kind === "opening";
  if (state.status === "awaiting_deposit" && !wantsForm) return "account";
  if (!canPay) return "elsewhere";
  if (state.preparation === "wanted") return "preparing";
  if (state.preparation === "refused") return "unavailable";
  return "form";
}

/** The attempt that a page begins with: a mobile payment comes back with a word. */
export function firstAttempt(word: string | undefined): Attempt {
  if (word === undefined) return { kind: "none" };
  if (word === "pending") return { kind: "checking", isSlow: false, hadAccount: false };
  return { kind: "ended", word };
}

/** Each look of a screen that may change by itself: so many, so far apart. The last one goes on for ever. */
const LOOKS: Partial<Record<Screen | "opening", readonly (readonly [looks: number, delayMs: number])[]>> = {
  checking: [
    [10, 2000],
    [12, 5000],
    [1, 15_000],
  ],
  // A window that is lost says nothing, and one that said no may be wrong: the money comes all the same.
  opening: [
    [24, 5000],
    [1, 15_000],
  ],
  failed: [
    [10, 3000],
    [1, 15_000],
  ],
  preparing: [
    [20, 3000],
    [1, 10_000],
  ],
  // A transfer takes a minute or a day.
  account: [
    [40, 3000],
    [48, 10_000],
    [1, 30_000],
  ],
};

/** How long to wait before look number `looks` (from 0); undefined for a screen that is what it is. */
export function lookDelayMs(screen: Screen | "opening", looks: number): number | undefined {
  let left = looks;
  const steps = LOOKS[screen];
  for (const [count, delayMs] of steps ?? []) {
    if (left < count) return delayMs;
    left -= count;
  }
  return steps?.at(-1)?.[1];
}
