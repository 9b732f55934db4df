import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkDatabase } from "../../src/storage/check-database.ts";
import { Draw } from "../support/draw.ts";
import { DATA_KEY } from "./blank-database.ts";
import { isOpen } from "./books.ts";
import type { Fault } from "./faults.ts";
import type { InvariantId } from "./invariants/invariants.ts";
import type { Plan } from "./plan.ts";
import { operatorEndsDoubts, operatorEndsHolds } from "./steps/operator.ts";
import { askRefund } from "./steps/refunds.ts";
import { STEPS } from "./steps/steps.ts";
import { BrokenPromise } from "./story.ts";
import { DAY_MS, MINUTE_MS } from "./virtual-time.ts";
import { World } from "./world.ts";

export interface SeedResult {
  readonly seed: number;
  /** What broke; absent when everything held. */
  readonly fault?: string;
  /** How it came to that. */
  readonly story?: string;
  /** The step after which it broke; absent: at the end. */
  readonly brokenAt?: number;
  /** Everything that happened, where it is asked for. */
  readonly trace?: readonly string[];
  /** Of it. */
  readonly hash: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: ReadonlyMap<Fault, number>;
  readonly checks: ReadonlyMap<InvariantId, number>;
  readonly alarms: ReadonlyMap<string, number>;
}

/** Runs one plan to its end on a copy of the blank database, and checks every invariant on the way. */
export async function runSeed(
  plan: Plan,
  { blank, isTraced = false }: { readonly blank: string; readonly isTraced?: boolean },
): Promise<SeedResult> {
  const folder = mkdtempSync(join(dirname(blank), "seed-"));
  const path = join(folder, "dojang.db");
  copyFileSync(blank, path);
  const world = new World(plan, { folder, path });
  let broken: { readonly fault: string; readonly story: string; readonly brokenAt?: number } | undefined;
  try {
    await live(world);
    world.counts.steps = plan.steps.length;
    await end(world);
    await expectRules(world);
  } catch (error) {
    const what = String(
      error instanceof BrokenPromise ? error.message : error instanceof Error ? error.stack : error,
    );
    const story = world.story.about(idsIn(world, what));
    broken = { fault: what, story, ...(world.isOver ? {} : { brokenAt: world.counts.steps }) };
  }
  const rows = { orders: world.books.orders().length, refunds: world.books.refunds().length };
  await world.close();
  rmSync(folder, { recursive: true, force: true });
  return {
    seed: plan.seed,
    ...broken,
    ...(isTraced ? { trace: world.story.lines } : {}),
    hash: world.story.hash,
    counts: { ...world.counts, ...rows },
    faults: world.faults,
    checks: world.invariants.counts,
    alarms: world.alarms,
  };
}

async function live(world: World): Promise<void> {
  const { plan, time } = world;
  world.drawDeath = () => {
    const draw = world.drawOf("death");
    if (!world.has("X8") || draw.chance(0.5)) return undefined;
    return draw.int(1, draw.chance(0.5) ? 80 : 800);
  };
  const begun = world.begin();
  await time.pass(100);
  await begun;
  for (const { index, kind, seed, pauseMs } of plan.steps) {
    world.counts.steps = index;
    world.draw = new Draw(seed);
    STEPS[kind]?.(world);
    await world.pass(pauseMs);
  }
}

const DAYS_MIN = 2;
const DAYS_MAX = 16;
/** Past every backoff and every budget: what is paid is known by then. */
const RECOVERED_MS = 12 * MINUTE_MS;

/** All trouble ends, everybody does their part, and time passes until nothing moves any more. */
export async function end(world: World, { daysMin = DAYS_MIN } = {}): Promise<void> {
  world.isOver = true;
  world.weather = "fair";
  world.drawDeath = () => undefined;
  world.skewMs = 0;
  world.bank.rest.tokens.reset();
  world.life?.endAt(Number.POSITIVE_INFINITY);
  world.story.tell("all trouble ends");
  for (const { imp_uid } of world.bank.payments()) {
    world.bank.model.refuseCancels(imp_uid, null);
    world.bank.model.finishCancels(imp_uid);
  }
  for (let waited = 0; waited < RECOVERED_MS; waited += 3 * MINUTE_MS) await world.pass(3 * MINUTE_MS);
  if (world.life === undefined) await world.pass(DAY_MS);
  for (const wish of world.asked) if (!wish.isAnswered) askRefund(world, wish);
  for (let day = 0; day < daysMin || (day < DAYS_MAX && isMoving(world)); day++) {
    operatorEndsDoubts(world);
    await world.pass(DAY_MS);
    operatorEndsHolds(world);
  }
  await world.pass(MINUTE_MS);
  world.invariants.atTheEnd();
}

function isMoving({ books }: World): boolean {
  const isOnItsWay = books
    .tasks()
    .some(({ kind, state }) => kind === "deliver" && state !== "done" && state !== "dead");
  return isOnItsWay || books.refunds().some(isOpen);
}

/** What must hold between the rows at any moment, also beside a running server and after its death. */
async function expectRules({ path, invariants }: World): Promise<void> {
  await checkDatabase(
    { kind: "sqlite", path },
    {
      dataKey: DATA_KEY,
      onFinding({ name, says, ids }) {
        throw new BrokenPromise(`I19 ${name}: ${says}; not so: ${ids.join(", ")}`);
      },
      onProgress() {},
    },
  );
  invariants.counts.set("I19", (invariants.counts.get("I19") ?? 0) + 1);
}

/** The refund or payment that a text names, with what hangs on it. */
function idsIn({ books }: World, text: string): readonly string[] {
  const named = text.match(/(?:rfd|imps?|dj)_[\w-]+|shop-[\w-]+/g) ?? [];
  const row = books.refund(named[0] ?? "");
  return row === undefined ? named : [...named, row.imp_uid];
}
