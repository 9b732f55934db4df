import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkDatabase } from "../../src/storage/check-database.ts";
import { isOpen } from "./books.ts";
import type { Draw } from "./draw.ts";
import { History } from "./history.ts";
import { type Death, HISTORY_DATA_KEY } from "./life.ts";
import { operatorEndsDoubts } from "./operator.ts";
import { askRefund, order, raceCancel, STEPS } from "./steps.ts";
import { BrokenPromise } from "./story.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "./virtual-time.ts";

export interface HistoryResult {
  readonly seed: number;
  /** What broke, and how it came to that; absent when every promise was kept. */
  readonly fault?: string;
  /** Of everything that happened. */
  readonly hash: string;
  readonly counts: History["counts"] & Readonly<Record<"refunds" | "succeeded" | "failed", number>>;
  readonly alarms: History["alarms"];
}

/** Runs the history of one seed to its end, and checks every promise on the way. */
export async function runHistory(seed: number): Promise<HistoryResult> {
  const folder = mkdtempSync(join(tmpdir(), "dojang-history-"));
  const history = new History({ seed, path: join(folder, "dojang.db") });
  let fault: string | undefined;
  try {
    await live(history);
    await expectRules(history);
    await end(history);
    await expectRules(history);
  } catch (error) {
    const what =
      error instanceof BrokenPromise ? error.message : error instanceof Error ? error.stack : error;
    fault = `seed ${seed}: ${what}\n${history.story.about(idsIn(history, String(what)))}`;
  }
  const rows = history.books.refunds();
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const refunds = { refunds: rows.length, succeeded: count("succeeded"), failed: count("failed") };
  await history.close();
  rmSync(folder, { recursive: true, force: true });
  const result = {
    seed,
    hash: history.story.hash,
    alarms: history.alarms,
    counts: { ...history.counts, ...refunds },
  };
  return fault === undefined ? result : { ...result, fault };
}

/** What must hold between the rows at any moment, also beside a running server and after its death. */
async function expectRules({ path }: History): Promise<void> {
  await checkDatabase(
    { kind: "sqlite", path },
    {
      dataKey: HISTORY_DATA_KEY,
      onFinding({ name, says, ids }) {
        throw new BrokenPromise(`${name}: ${says}; not so: ${ids.join(", ")}`);
      },
      onProgress() {},
    },
  );
}

/** The refund or payment that a text names, with what hangs on it. */
function idsIn({ books }: History, text: string): readonly string[] {
  const named = text.match(/(?:rfd|imps?|dj)_[\w-]+/g) ?? [];
  const row = books.refund(named[0] ?? "");
  return row === undefined ? named : [...named, row.imp_uid];
}

async function live(history: History): Promise<void> {
  const { draw, counts } = history;
  history.onCancelArrives = raceCancel(history);
  history.drawDeath = () => drawDeath(draw);
  const begun = history.begin();
  await history.time.settle();
  await begun;
  order(history);
  await history.pass(draw.int(1, 40) * SECOND_MS);
  const steps = draw.int(12, 40);
  for (; counts.steps < steps; counts.steps += 1) {
    draw.weighted(STEPS)(history);
    await history.pass(drawPause(draw));
  }
}

/** Mostly among the steps of one refund, where it matters. */
function drawDeath(draw: Draw): Death | undefined {
  if (draw.chance(0.3)) return undefined;
  return draw.chance(0.6)
    ? { from: "cancel", steps: draw.int(1, 14) }
    : { from: "now", steps: draw.int(1, 60) };
}

function drawPause(draw: Draw): number {
  const [least, most] = draw.weighted([
    [3, [0, 100]],
    [5, [100, 5 * SECOND_MS]],
    [4, [5 * SECOND_MS, 120 * SECOND_MS]],
    [2, [120 * SECOND_MS, HOUR_MS]],
    [1, [HOUR_MS, 2 * DAY_MS]],
  ] as const);
  return draw.int(least, most);
}

const DAYS_MIN = 4;
const DAYS_MAX = 16;

/** All faults end, everybody does their part, and time passes until no refund moves any more, at least so many days. */
export async function end(history: History, daysMin = DAYS_MIN): Promise<void> {
  history.isOver = true;
  history.weather = "fair";
  history.drawDeath = () => undefined;
  history.story.tell("all faults end");
  for (const { imp_uid } of history.bank.payments()) {
    history.bank.model.refuseCancels(imp_uid, null);
    history.bank.model.finishCancels(imp_uid);
  }
  if (history.life === undefined) await history.pass(DAY_MS);
  for (const wish of history.asked) if (!wish.isAnswered) askRefund(history, wish);
  for (let day = 0; day < daysMin || (day < DAYS_MAX && history.books.refunds().some(isOpen)); day++) {
    operatorEndsDoubts(history);
    await history.pass(DAY_MS);
  }
  history.promises.atTheEnd();
}
