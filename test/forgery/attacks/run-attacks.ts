import { ON_IDENTITY } from "./on-identity.ts";
import { ON_INPUT } from "./on-input.ts";
import { ON_LIFE } from "./on-life.ts";
import { ON_MONEY } from "./on-money.ts";
import { ON_RUNNING } from "./on-running.ts";
import { type Attack, Stage } from "./stage.ts";
import type { Target } from "./target.ts";

/** Classes that no request over the wire can show, and why. Their tests work inside the process, or on it. */
export const OFF_THE_WIRE: Readonly<Record<string, string>> = {
  R46: "stock and points are the shop's own: the guide has none, and Dojang asks the shop's hook",
  R57: "a backup, a dependency or an edited row: nothing of it is a request",
  R60: "a process that is killed between two lines: what the guide keeps in a Map is gone in any case",
};

const ATTACKS: readonly Attack[] = [...ON_MONEY, ...ON_IDENTITY, ...ON_LIFE, ...ON_INPUT, ...ON_RUNNING];

export type Verdict = "open" | "closed" | "no such part";

export interface Outcome {
  readonly of: string;
  readonly what: string;
  readonly verdict: Verdict;
  /** What went wrong; "" where nothing did. */
  readonly seen: string;
}

/**
 * Runs every attack against one server, one after another, each with orders of its own.
 *
 * @throws when honest buyers cannot pay there: then nothing that follows would show anything
 */
export async function runAttacks(target: Target): Promise<readonly Outcome[]> {
  await payHonestly(new Stage(target, "honest"));
  const outcomes: Outcome[] = [];
  for (const [index, { of, what, needs, run }] of ATTACKS.entries()) {
    target.emulator.overrides.clear();
    if (needs !== undefined && !target.parts.includes(needs)) {
      outcomes.push({ of, what, verdict: "no such part", seen: "" });
      continue;
    }
    const seen = await run(new Stage(target, `${of}-${index}`.toLowerCase()));
    outcomes.push({ of, what, verdict: seen === undefined ? "closed" : "open", seen: seen ?? "" });
  }
  return outcomes;
}

async function payHonestly(stage: Stage): Promise<void> {
  const [byCard, byAccount] = [await stage.order(), await stage.order()];
  const { word } = await stage.complete(stage.pay(byCard), byCard);
  const account = stage.pay(byAccount, { pay_method: "vbank", status: "ready" });
  const texts = await stage.textsOf(() => stage.complete(account, byAccount));
  const states = [(await stage.read(byCard)).state, (await stage.read(byAccount)).state];
  stage.gateway.deposit(account.imp_uid);
  await stage.complete(account, byAccount);
  const seen = [word, ...states, `${texts.length} text`, (await stage.read(byAccount)).state].join(", ");
  if (seen !== "success, paid, account, 1 text, paid")
    throw new Error(`Invariant violated: an honest buyer cannot pay ${stage.target.name}: ${seen}`);
}

/** The verdict of each class: open as soon as one of its attacks is. */
export function verdictsByClass(outcomes: readonly Outcome[]): ReadonlyMap<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const { of, verdict } of outcomes) {
    const known = verdicts.get(of);
    const isWorse =
      known === undefined || verdict === "open" || (known === "no such part" && verdict === "closed");
    if (isWorse && known !== "open") verdicts.set(of, verdict);
  }
  return verdicts;
}
