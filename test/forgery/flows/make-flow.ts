import { Draw } from "../../support/draw.ts";

/** Two buyers, each with an order and a payment of their own. */
export type Buyer = "A" | "B";

/**
 * The nine steps of a payment: the shop registers, the page opens the window, the gateway asks whether to go on, the buyer
 * approves, the gateway tells us, the page tells us, the phone comes back, the shop looks once more, the shop ships.
 */
export const STEPS = [
  "register",
  "open",
  "confirm",
  "approve",
  "webhook",
  "complete",
  "redirect",
  "verify",
  "ship",
] as const;

export type StepName = (typeof STEPS)[number];

export interface Step {
  readonly name: StepName;
  /** Whose order is named. */
  readonly order: Buyer;
  /** Whose payment is meant. */
  readonly payment: Buyer;
}

export interface Flow {
  readonly seed: number;
  readonly prices: Readonly<Record<Buyer, number>>;
  readonly steps: readonly Step[];
  /** How often it leaves the honest way, and how. */
  readonly turns: Readonly<Record<Turn, number>>;
}

export type Turn = "skip" | "repeat" | "reorder" | "cross";

const TURNS: readonly Turn[] = ["skip", "repeat", "reorder", "cross"];
const TURNS_MAX = 6;
const REPEATED_MAX = 6;
const WINDOWS = 0.3;
const ALL_HINTS = 0.3;
const HINTS: readonly StepName[] = ["webhook", "complete", "redirect", "verify"];

/** Both honest ways, one woven into the other, with up to six turns off them. The same seed makes the same flow. */
export function makeFlow(seed: number): Flow {
  const draw = new Draw(seed);
  const isEqual = draw.chance(0.5);
  const prices = { A: 50_000, B: isEqual ? 50_000 : 1000 };
  const steps = woven(draw);
  const turns: Record<Turn, number> = { skip: 0, repeat: 0, reorder: 0, cross: 0 };
  for (let left = draw.int(1, TURNS_MAX); left > 0; left--) {
    const turn = draw.pick(TURNS);
    turns[turn] += 1;
    takeTurn(draw, steps, turn);
  }
  return { seed, prices, steps, turns };
}

function woven(draw: Draw): Step[] {
  const ways = (["A", "B"] as const).map((who) =>
    STEPS.map((name): Step => ({ name, order: who, payment: who })),
  );
  const steps: Step[] = [];
  while (ways.some((way) => way.length > 0)) {
    const way = draw.pick(ways.filter((one) => one.length > 0));
    steps.push(...way.splice(0, draw.int(1, 3)));
  }
  return steps;
}

function takeTurn(draw: Draw, steps: Step[], turn: Turn): void {
  const at = placeOf(draw, steps);
  const step = steps[at];
  if (step === undefined) return;
  switch (turn) {
    case "skip":
      if (draw.chance(ALL_HINTS)) skipHints(steps, step.order);
      else if (steps.length > 1) steps.splice(at, 1);
      return;
    case "repeat":
      steps.splice(draw.int(0, steps.length), 0, ...steps.slice(at, at + draw.int(1, REPEATED_MAX)));
      return;
    case "reorder":
      steps.splice(at, 1);
      steps.splice(draw.int(0, steps.length), 0, step);
      return;
    case "cross": {
      const isOrder = draw.chance(0.5);
      const order = isOrder ? other(step.order) : step.order;
      steps[at] = { ...step, order, payment: isOrder ? step.payment : other(step.payment) };
    }
  }
}

/** Nobody tells of this buyer's payment: only what the server looks at by itself is left. */
function skipHints(steps: Step[], buyer: Buyer): void {
  const kept = steps.filter(({ name, order }) => order !== buyer || !HINTS.includes(name));
  steps.splice(0, steps.length, ...kept);
}

/** Windows more often than the rest: from them comes the money that fits no order, or one that is paid already. */
function placeOf(draw: Draw, steps: readonly Step[]): number {
  const windows = steps.flatMap(({ name }, at) => (name === "open" ? [at] : []));
  return draw.chance(WINDOWS) && windows.length > 0 ? draw.pick(windows) : draw.int(0, steps.length - 1);
}

function other(buyer: Buyer): Buyer {
  return buyer === "A" ? "B" : "A";
}
