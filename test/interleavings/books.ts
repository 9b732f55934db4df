import type { OrderView, Store, StoredAudit, StoredEvent, TaskRecord } from "../../src/storage/store.ts";
import { recordsOf } from "./model-gateway.ts";
import type { Shelf } from "./shelf.ts";
import { brieflyView, ORDER, type World } from "./world.ts";

/** One payment as the gateway has it. */
export interface True {
  readonly paymentId: string;
  readonly status: string;
  readonly wasPaid: boolean;
  readonly cancelledMinor: number;
  readonly reasons: readonly string[];
}

/** All that is committed, and the truth at the gateway. */
export interface Books {
  readonly view: OrderView;
  readonly timeline: readonly StoredEvent[];
  readonly tasks: readonly TaskRecord[];
  readonly audit: readonly StoredAudit[];
  readonly hints: number;
  readonly truth: readonly True[];
  readonly answers: ReadonlyMap<string, unknown>;
  readonly marks: ReadonlySet<string>;
}

type Rows = Pick<Books, "view" | "timeline" | "tasks" | "audit" | "hints">;

/** Reads the books of one run again only where something was written. */
export function openBooks(shelf: Shelf, world: World): () => Promise<Books> {
  let changes = -1;
  let rows: Rows | undefined;
  return async () => {
    if (rows === undefined || changes !== shelf.changes()) {
      changes = shelf.changes();
      rows = await readRows(shelf.store);
    }
    return { ...rows, truth: truthOf(world), answers: new Map(world.answers), marks: new Set(world.marks) };
  };
}

async function readRows(store: Store): Promise<Rows> {
  const view = await store.readOrder(ORDER);
  if (view === undefined) throw new Error("Invariant violated: the order was registered");
  const timeline = await store.readTimeline(ORDER);
  const tasks = await store.readTasks({ limit: 100 });
  const audit = await store.readAudit(ORDER);
  const hints = (await store.readHints(100)).length;
  return { view, timeline, tasks, audit, hints };
}

function truthOf(world: World): readonly True[] {
  return recordsOf(world.model).map((record) => ({
    paymentId: record.imp_uid,
    status: record.status,
    wasPaid: record.meta.history.some(({ event }) => event === "captured"),
    cancelledMinor: Number(record.cancel_amount),
    reasons: record.cancel_history.map(({ reason }) => reason),
  }));
}

const TIME = /\b1[78]\d{11}\b/g;

/**
 * The whole state as text: what is committed, what the gateway has, what everybody has seen so far, and what is waited for. With the
 * code it determines everything that can still happen, so two states with equal texts have equal futures.
 *
 * Times that lie behind are written as their rank among the others: the code compares them with each other, or with limits that are
 * whole seconds away, and a run takes far less than one. Times that lie ahead are written as whole seconds from the beginning. Where the
 * gateway is still, times that lie behind decide nothing (explore.ts) and are left out.
 */
export function stateOf(world: World, books: Books, isGatewayStill: boolean): string {
  const { view, timeline, tasks, audit, hints, truth } = books;
  const text = JSON.stringify([
    brieflyView(view),
    timeline.map(({ type, paymentId, sequence, data }) => [type, paymentId, sequence, data]),
    tasks.map(({ key, state, wanted, done, tries, dueAt }) => [key, state, wanted, done, tries, dueAt]),
    audit.map(({ action, subject }) => [action, subject]),
    [hints, truth, [...books.answers], [...books.marks].toSorted(), world.faults.length],
    world.scheduler.traces,
    world.scheduler.points.map(({ label }) => label),
  ]);
  const now = world.scheduler.now();
  const times = text.match(TIME) ?? [];
  const behind = [...new Set(times.map(Number).filter((time) => time <= now))].toSorted((a, b) => a - b);
  const ranks = new Map(behind.map((time, rank) => [time, rank]));
  const rank = (time: number) => (isGatewayStill && time <= now ? "" : ranks.get(time));
  return text
    .replace(TIME, (time) => `t${rank(Number(time)) ?? `+${Math.round(Number(time) / 1000)}`}`)
    .replace(MINTED, "id");
}

/** Ids that are drawn. */
const MINTED = /\b(?:evt|dsc)_\w+/g;
