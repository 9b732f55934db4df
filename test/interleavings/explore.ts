import { createHash } from "node:crypto";
import { runTask } from "../../src/tasks/run-task.ts";
import { completePayment } from "../../src/usecases/complete-payment.ts";
import { lookAtOrder } from "../../src/usecases/look-at-order.ts";
import { sweepWindow } from "../../src/usecases/sweep-window.ts";
import { DAY_MS, MINUTE_MS } from "../support/domain.ts";
import { ACTORS } from "./actors.ts";
import { type Books, openBooks, stateOf } from "./books.ts";
import { type Case, isStill } from "./cases.ts";
import { brokenAtTheEnd, brokenBetween, brokenIn } from "./invariants.ts";
import type { Shelf } from "./shelf.ts";
import { ORDER, World } from "./world.ts";

export interface Finding {
  readonly says: string;
  /** The points that were taken, in order: the same list is the same run. */
  readonly steps: readonly string[];
}

export interface Explored {
  /** Runs from the beginning, each by a list of choices. */
  readonly schedules: number;
  /** Distinct states. */
  readonly states: number;
  /** Interleavings that these states stand for: all of the case, unless a bound was met. */
  readonly interleavings: number;
  readonly ends: ReadonlySet<string>;
  readonly isWhole: boolean;
  readonly finding?: Finding;
}

interface ExploreOptions {
  readonly schedulesMax?: number;
  /** Without it every single interleaving is run: to see that merging leaves nothing out. Default true. */
  readonly isMerging?: boolean;
}

/** One state on the path that is being followed. */
interface Node {
  readonly key: string;
  readonly labels: readonly string[];
  readonly books: Books;
  next: number;
  paths: number;
}

/**
 * Runs a case by every interleaving, depth first, each from the beginning by its list of choices.
 *
 * What is left out: a state that was met before is not followed again. `stateOf` holds all that decides about the future, so what
 * follows from it was looked at already; and every state and every step into one is checked when it is met.
 *
 * Whether the order is there is read at once: it is, from the beginning, so that read commutes with everything. Where nothing changes
 * what the gateway shows, all looks at one payment are equal but for their times, and a look that says the same is kept or not whatever
 * its times (`mergeSnapshot`): so times of looks are no part of the state there, and in a reduced case such a read is no point, for it
 * commutes with everything, too. That a reduced case ends as the whole one does, and that merging leaves nothing out, are tests.
 */
export async function explore(
  shelf: Shelf,
  asked: Case,
  { schedulesMax = Number.POSITIVE_INFINITY, isMerging = true }: ExploreOptions = {},
): Promise<Explored> {
  const known = new Map<string, number>();
  const ends = new Set<string>();
  const path: Node[] = [];
  let schedules = 0;
  let total = 0;
  let finding: Finding | undefined;
  do {
    schedules += 1;
    finding = await runOnce(shelf, asked, { path, known: isMerging ? known : new Map(), ends });
    total = backtrack(path, known) ?? total;
  } while (path.length > 0 && finding === undefined && schedules < schedulesMax);
  const isWhole = path.length === 0;
  const figures = { schedules, states: known.size + path.length, interleavings: total, ends, isWhole };
  return finding === undefined ? figures : { ...figures, finding };
}

/** Leaves the states of which all is known, and says what the first one came to once it is left. */
function backtrack(path: Node[], known: Map<string, number>): number | undefined {
  for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
    if (last.next < last.labels.length) return undefined;
    path.pop();
    const paths = last.labels.length === 0 ? 1 : last.paths;
    known.set(last.key, paths);
    const parent = path.at(-1);
    if (parent === undefined) return paths;
    parent.paths += paths;
  }
  return undefined;
}

interface Search {
  readonly path: Node[];
  readonly known: ReadonlyMap<string, number>;
  readonly ends: Set<string>;
}

/** Takes the known choices again, then the first one of each new state, until the end or a state that is known. */
async function runOnce(
  shelf: Shelf,
  asked: Case,
  { path, known, ends }: Search,
): Promise<Finding | undefined> {
  const world = await World.open(shelf, asked);
  const readBooks = openBooks(shelf, world);
  const steps: string[] = [];
  for (const actor of asked.actors) start(world, actor);
  await world.scheduler.settle();
  const last = path.at(-1);
  if (last !== undefined) last.next += 1;
  for (const { labels, next } of path) {
    expectSame(world, labels);
    await take(world, { choice: next - 1, steps });
  }
  for (;;) {
    const parent = path.at(-1);
    const books = await readBooks();
    const broken = [
      ...world.faults,
      ...brokenIn(books),
      ...(parent === undefined ? [] : brokenBetween(parent.books, books)),
    ];
    if (broken.length > 0) return { says: broken.join("; "), steps };
    const key = createHash("sha256")
      .update(stateOf(world, books, isStill(asked)))
      .digest("base64");
    const paths = known.get(key);
    if (paths !== undefined) {
      if (parent !== undefined) parent.paths += paths;
      return undefined;
    }
    const labels = world.scheduler.points.map(({ label }) => label);
    path.push({ key, labels, books, next: labels.length === 0 ? 0 : 1, paths: 0 });
    if (labels.length === 0) return endOf(world, { steps, ends, readBooks });
    await take(world, { choice: 0, steps });
  }
}

function start(world: World, actor: Case["actors"][number]): void {
  void ACTORS[actor](world, actor).then(
    (answer) => world.answers.set(actor, answer),
    (error: unknown) =>
      world.answers.set(actor, { threw: error instanceof Error ? error.message : String(error) }),
  );
}

function expectSame(world: World, labels: readonly string[]): void {
  const seen = world.scheduler.points.map(({ label }) => label);
  if (seen.join() !== labels.join())
    throw new Error(
      `Invariant violated: a run repeats itself, expected ${labels.join()}, got ${seen.join()}`,
    );
}

async function take(world: World, { choice, steps }: { choice: number; steps: string[] }): Promise<void> {
  const point = world.scheduler.points[choice];
  if (point === undefined) throw new Error("Invariant violated: a choice is one of the points");
  steps.push(point.label);
  await world.scheduler.take(point);
}

interface Ending {
  readonly steps: readonly string[];
  readonly ends: Set<string>;
  readonly readBooks: () => Promise<Books>;
}

/** Lets everything run that would run by itself, asks once more, and checks what must hold then. */
async function endOf(world: World, { steps, ends, readBooks }: Ending): Promise<Finding | undefined> {
  const unanswered = world.answers.size;
  const deps = world.plainDeps();
  world.scheduler.isFree = true;
  await world.scheduler.settle();
  const before = await readBooks();
  ends.add(briefEnd(before));
  await runAll(world);
  if (before.answers.has("complete")) {
    const again = await completePayment(deps, {
      paymentId: before.truth[0]?.paymentId ?? "",
      orderId: ORDER,
    });
    world.answers.set("completeAgain", again);
  }
  const books = await readBooks();
  const broken = [
    ...world.faults,
    ...brokenIn(books),
    ...brokenAtTheEnd(books),
    ...(unanswered < before.answers.size || world.answers.size < 1 ? ["an actor never ends"] : []),
  ];
  return broken.length === 0 ? undefined : { says: `in the end: ${broken.join("; ")}`, steps };
}

/** Without times, and without what only tells who was first. */
function briefEnd({ view: { order, payments, refunds, discrepancies }, answers }: Books): string {
  return JSON.stringify([
    [order.status, order.paidBy, order.refunded.amountMinor],
    payments.map(({ paymentId, verdict, status }) => [paymentId, verdict, status]),
    refunds.map(({ state, amount }) => [state, amount.amountMinor]),
    discrepancies.map(({ kind, paymentId }) => [kind, paymentId]),
    [...answers]
      .map(([actor, answer]) => [actor, (answer as { kind?: string } | undefined)?.kind])
      .toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1)),
  ]);
}

const ROUNDS_MAX = 12;

/** The order's own look, the sweep, and every task that falls due, until no refund moves any more. */
async function runAll(world: World): Promise<void> {
  const deps = world.plainDeps();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    world.scheduler.pass(90_000);
    const claim = { limit: 50, leaseMs: MINUTE_MS, kinds: ["verify", "refund", "close_account"] as const };
    const due = await deps.store.claimTasks(claim);
    for (const task of due) {
      const end = await runTask(deps, task);
      await deps.store.finishTask(
        task,
        end.kind === "done" && end.nextDueAt ? { nextDueAt: end.nextDueAt } : {},
      );
    }
    if (round > 0 && due.length === 0) break;
    await lookAtOrder(deps, { orderId: ORDER });
    const to = Math.floor(deps.clock.now() / 1000);
    await sweepWindow(deps, { window: { from: to - DAY_MS / 1000, to } });
  }
}
