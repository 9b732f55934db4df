import { Draw } from "../support/draw.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "./virtual-time.ts";

/** How the shop has set its server up. */
export interface Setting {
  readonly isLive: boolean;
  readonly recheck: "required" | "best_effort";
  readonly prepare: "off" | "best_effort" | "required";
  /** After so long money that fits no order goes back by itself; absent: never. */
  readonly returnAfterMs?: number;
  readonly hasEvents: boolean;
  readonly hasConfirmHook: boolean;
  readonly hasTexts: boolean;
  /** Whether the channels that may be paid through come from the gateway's own table. */
  readonly hasChannelTable: boolean;
  readonly payWithinMs: number;
  readonly partialCancelStatus: "cancelled" | "paid";
  readonly reversedDeposit: "ready" | "cancelled";
  readonly expiredVbank: "ready" | "failed";
}

/** One thing that somebody does, with a seed of its own: what it draws does not depend on the steps around it. */
export interface PlannedStep {
  readonly index: number;
  readonly kind: string;
  readonly seed: number;
  /** How long it is quiet afterwards. */
  readonly pauseMs: number;
}

/** All that is decided before anything happens. Leaving steps or faults out makes a smaller plan of the same seed. */
export interface Plan {
  readonly seed: number;
  readonly setting: Setting;
  readonly faults: ReadonlySet<Fault>;
  readonly steps: readonly PlannedStep[];
}

/** What is done besides ordering, by weight. */
const KINDS: readonly (readonly [number, string])[] = [
  [16, "pay"],
  [14, "claim"],
  [6, "notify"],
  [6, "forge"],
  [4, "confirm"],
  [4, "verify"],
  [3, "cancelOrder"],
  [12, "refund"],
  [4, "clickAgain"],
  [3, "registerAgain"],
  [12, "upstream"],
  [8, "operate"],
  [2, "reconcile"],
  [7, "weather"],
  [10, "trouble"],
];

export function makePlan(seed: number): Plan {
  const draw = new Draw(Math.imul(seed, 0x9e3779b1) ^ 0x51ed270b);
  const faults = drawFaults(draw);
  const setting = drawSetting(draw);
  const orders = draw.int(5, 20);
  const count = draw.int(150, 250);
  // The first orders come at once, the others whenever.
  const at = new Set([0, 1]);
  while (at.size < orders) at.add(draw.int(2, Math.floor(count * 0.7)));
  const steps = Array.from({ length: count }, (_, index) => ({
    index,
    kind: at.has(index) ? "order" : draw.weighted(KINDS),
    seed: draw.int(1, 0x7fffffff),
    pauseMs: drawPause(draw),
  }));
  return { seed, setting, faults, steps };
}

/** Swarms: a seed with few kinds of trouble reaches states that one with all of them does not. */
function drawFaults(draw: Draw): ReadonlySet<Fault> {
  const share = draw.pick([0, 0.15, 0.35, 0.6, 1]);
  return new Set(FAULTS.filter(() => draw.chance(share)));
}

function drawSetting(draw: Draw): Setting {
  const returnAfterMs = draw.chance(0.4) ? { returnAfterMs: draw.int(10, 120) * 60 * SECOND_MS } : {};
  return {
    isLive: draw.chance(0.3),
    recheck: draw.chance(0.6) ? "required" : "best_effort",
    prepare: draw.weighted([
      [6, "off"],
      [2, "best_effort"],
      [2, "required"],
    ] as const),
    ...returnAfterMs,
    hasEvents: draw.chance(0.85),
    hasConfirmHook: draw.chance(0.5),
    hasTexts: draw.chance(0.7),
    hasChannelTable: draw.chance(0.3),
    payWithinMs: draw.pick([10 * 60 * SECOND_MS, HOUR_MS, DAY_MS, 3 * DAY_MS]),
    partialCancelStatus: draw.chance(0.3) ? "paid" : "cancelled",
    reversedDeposit: draw.chance(0.5) ? "ready" : "cancelled",
    expiredVbank: draw.chance(0.5) ? "ready" : "failed",
  };
}

function drawPause(draw: Draw): number {
  const [least, most] = draw.weighted([
    [40, [0, 100]],
    [40, [100, 5 * SECOND_MS]],
    [15, [5 * SECOND_MS, 60 * SECOND_MS]],
    [4, [60 * SECOND_MS, HOUR_MS]],
    [1, [HOUR_MS, 2 * DAY_MS]],
  ] as const);
  return draw.int(least, most);
}
