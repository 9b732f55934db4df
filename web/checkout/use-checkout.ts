import { useEffect, useRef, useState } from "preact/hooks";
import type { CheckoutState, CheckoutView } from "../../src/http/checkout-schemas.ts";
import { completeOnce, readState, verify } from "./ask-dojang.ts";
import { type Buyer, keepBuyer, keptBuyer, NOBODY } from "./buyer.ts";
import { loadSdk, openWindow, type PayResult, payParams, saysFailed } from "./pay.ts";
import { type Attempt, firstAttempt, lookDelayMs, type Screen, screenOf } from "./screen.ts";

/** The gateway's word for an order that is paid already. Source: docs/iamport-v1.md 9.3. */
const PAID_ALREADY = "F1002";

interface Wish {
  readonly buyer: Buyer;
  readonly method: string;
}

export interface Checkout {
  readonly state: CheckoutState;
  readonly screen: Screen;
  readonly attempt: Attempt;
  /** Whether a payment window can be opened from here at all. */
  readonly canPay: boolean;
  /** The payment window's script did not come. */
  readonly hasSdkFailed: boolean;
  /** The server did not answer the last look. */
  readonly isUnreachable: boolean;
  /** How often this screen has looked: a buyer who only waits is offered another try at some time. */
  readonly looks: number;
  /** What is typed and chosen. It outlives the form, which is left for a result and come back to. */
  readonly wish: Wish;
  /** Whether the script runs: before, nothing can be pressed. */
  readonly isAwake: boolean;
  change(wish: Wish): void;
  /** Opens the window; pressed again while it is open, it does nothing. */
  pay(): void;
  /** Opens it anew, for a buyer who cannot see it. */
  reopen(): void;
  /** Back to the form. */
  again(): void;
  /** Back to the account that waits. */
  showAccount(): void;
}

/** The one buyer's page: what the server knows, what was tried here, and what follows from both. */
export function useCheckout(view: CheckoutView): Checkout {
  const [state, setState] = useState(view.state);
  const [attempt, setAttempt] = useState<Attempt>(() => firstAttempt(view.word));
  const [hasSdkFailed, setSdkFailed] = useState(false);
  const [isUnreachable, setUnreachable] = useState(false);
  /** The try that is under way, and its number: what an older one still has to say is not heard. */
  const turn = useRef(0);
  const isOpen = useRef(false);
  const { wish, isAwake, change } = useWish(view);
  const canPay = view.sdk !== undefined;
  const screen = screenOf({ state, attempt, canPay });

  const look = async () => {
    const seen = await readState(view.state.merchant_uid);
    setUnreachable(seen === undefined);
    if (seen !== undefined) setState(seen);
  };
  const looks = useLooks(attempt.kind === "opening" && screen === "form" ? "opening" : screen, look);
  useReturns({
    onSeen: () => void look(),
    onRestored: () => {
      // Whatever window was open stayed behind with the page that the buyer has left.
      turn.current += 1;
      isOpen.current = false;
      setAttempt((now) => (now.kind === "opening" ? { kind: "none" } : now));
      void look();
    },
  });
  useEffect(() => {
    if (screen === "paid") keepBuyer(undefined);
  }, [screen]);

  const start = async () => {
    const { sdk } = view;
    if (sdk === undefined) return;
    const mine = ++turn.current;
    const isMine = () => mine === turn.current;
    isOpen.current = true;
    keepBuyer(wish.buyer);
    setSdkFailed(false);
    setAttempt({ kind: "opening" });
    let ended: Attempt;
    try {
      await loadSdk(sdk);
      const result = await openWindow(sdk, payParams({ ...view, state }, wish));
      if (!isMine()) return;
      ended = await endOf(result, { state, onChecking: setAttempt });
      await look();
    } catch {
      ended = { kind: "none" };
      if (isMine()) setSdkFailed(true);
    }
    if (!isMine()) return;
    isOpen.current = false;
    setAttempt(ended);
  };
  return {
    state,
    screen,
    attempt,
    canPay,
    hasSdkFailed,
    isUnreachable,
    looks,
    wish,
    isAwake,
    change,
    pay: () => {
      if (!isOpen.current) void start();
    },
    reopen: () => void start(),
    again: () => setAttempt({ kind: "choosing" }),
    showAccount: () => setAttempt({ kind: "none" }),
  };
}

/** What the buyer fills in. What this tab keeps of it comes after the first paint, which the server has made without. */
function useWish({ state }: CheckoutView): Pick<Checkout, "wish" | "isAwake" | "change"> {
  const [wish, change] = useState<Wish>({ buyer: NOBODY, method: state.pay_methods[0] ?? "card" });
  const [isAwake, setAwake] = useState(false);
  useEffect(() => {
    change((now) => ({ ...now, buyer: keptBuyer() }));
    setAwake(true);
  }, []);
  return { wish, isAwake, change };
}

/** What an attempt came to. The window's own word is shown only where Dojang has none of its own. */
async function endOf(
  result: PayResult,
  { state, onChecking }: { state: CheckoutState; onChecking: (attempt: Attempt) => void },
): Promise<Attempt> {
  const ids = { imp_uid: result.imp_uid ?? "", merchant_uid: state.merchant_uid };
  const hadAccount = state.status === "awaiting_deposit";
  if (!saysFailed(result)) {
    onChecking({ kind: "checking", isSlow: false, hadAccount });
    const word = await verify(ids);
    return word === "pending" ? { kind: "checking", isSlow: true, hadAccount } : { kind: "ended", word };
  }
  if (result.error_code === PAID_ALREADY) return { kind: "checking", isSlow: false, hadAccount };
  // A failure is no proof either: one look, and Dojang knows of the attempt.
  const word = ids.imp_uid === "" ? "failed" : (await completeOnce(ids)).word;
  const reason = result.error_msg ? { reason: result.error_msg } : {};
  return { kind: "ended", word: word === "pending" ? "failed" : word, ...reason };
}

/** Looks again and again while a screen may change by itself, and not while nobody sees it. */
function useLooks(screen: Screen | "opening", look: () => Promise<void>): number {
  const [looks, setLooks] = useState(0);
  useEffect(() => setLooks(0), [screen]);
  useEffect(() => {
    const delayMs = lookDelayMs(screen, looks);
    if (delayMs === undefined) return undefined;
    let isOver = false;
    const timer = setTimeout(async () => {
      if (!document.hidden) await look();
      if (!isOver) setLooks(looks + 1);
    }, delayMs);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [screen, looks]);
  return looks;
}

/** A page that comes back, from behind another tab or from the browser's memory, asks for the truth at once. */
function useReturns(on: { readonly onSeen: () => void; readonly onRestored: () => void }): void {
  const latest = useRef(on);
  latest.current = on;
  useEffect(() => {
    const onShow = ({ persisted }: PageTransitionEvent) => persisted && latest.current.onRestored();
    const onVisible = () => !document.hidden && latest.current.onSeen();
    addEventListener("pageshow", onShow);
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      removeEventListener("pageshow", onShow);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, []);
}
