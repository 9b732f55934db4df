import { Badge } from "../design/badge.tsx";
import { koreanTimeText, moneyText } from "../design/language.ts";
import type { Tone } from "../design/message.tsx";
import { useConsole } from "./console-context.ts";
import { wordOf } from "./words.ts";

const ORDER_TONES: Readonly<Record<string, Tone | "plain">> = {
  pending: "plain",
  awaiting_deposit: "info",
  paid: "good",
  partially_refunded: "warn",
  refunded: "warn",
  cancelled: "plain",
  expired: "plain",
};

export function OrderStatus({ status }: { readonly status: string }) {
  const { words } = useConsole();
  return <Badge tone={ORDER_TONES[status] ?? "plain"}>{wordOf(words.orders.statuses, status)}</Badge>;
}

const WORK_TONES: Readonly<Record<string, Tone | "plain">> = {
  due: "info",
  leased: "info",
  done: "good",
  dead: "bad",
};

/** Of a task or a delivery: one that waits after it failed is failing. */
export function WorkState({ state, tries }: { readonly state: string; readonly tries: number }) {
  const { words } = useConsole();
  const shown = state === "due" && tries > 0 ? "failing" : state;
  const tone = shown === "failing" ? "warn" : (WORK_TONES[state] ?? "plain");
  return <Badge tone={tone}>{wordOf(words.work.states, shown)}</Badge>;
}

export function Money({ amount, currency }: { readonly amount: number; readonly currency: string }) {
  const { language } = useConsole();
  return <span class="number">{moneyText(amount, currency, language)}</span>;
}

export function Time({ at }: { readonly at: string | null }) {
  const { language } = useConsole();
  if (at === null) return <span class="quiet">–</span>;
  return <time dateTime={at}>{koreanTimeText(at, language)}</time>;
}
