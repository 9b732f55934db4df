import type { NewTask, TaskKind } from "../domain/decision.ts";
import type { ClaimedTask } from "../storage/store.ts";
import type { Deps } from "../usecases/deps.ts";
import { isWorldsFault } from "../usecases/is-worlds-fault.ts";
import { backoffMs } from "./backoff.ts";
import { limitGateway } from "./limit-gateway.ts";
import { createPlaces } from "./places.ts";
import { runTask, type TaskEnd } from "./run-task.ts";

export interface TaskRunnerOptions {
  /** How many tasks run at the same time. Default 64. */
  readonly concurrency?: number;
  /** A worker that stalls longer than this loses its task to another. Default 60 s: well above every gateway deadline. */
  readonly leaseMs?: number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** Tasks that must never be far away: planned again when the clock was set back, as they were at the start. */
  readonly standing?: (now: number) => readonly NewTask[];
}

export interface TaskRunner {
  /** Runs what was left from the last life first, then whatever falls due. */
  start(): void;
  /** Claims nothing more and waits for the tasks under way. */
  stop(): Promise<void>;
}

/** So many calls of tasks at the gateway at one time leave most of its connections to the buyers. */
export const TASK_CALLS_MAX = 32;
/** Twice as many run: while some wait for their commit, others use the gateway. */
const TASK_CONCURRENCY = 2 * TASK_CALLS_MAX;
/** And so many are claimed ahead: whoever is done takes the next at once, instead of waiting for a commit. */
const CLAIMED_AHEAD = 32;
/** Nobody tells of a clock that is set: it is looked at this often, if nothing else is due. */
const SLEEP_MS_MAX = 60_000;
/** What other processes made due is looked for this often, where there can be any: a message of the database would not pass every pooler. */
const SHARED_SLEEP_MS_MAX = 250;
/** Clocks are corrected by less than this all the time. */
const SET_BACK_MS_MIN = 5_000;
/** No kind below plans anything later than a day ahead, but for a jitter. */
const WAIT_MS_MAX = 25 * 60 * 60_000;
/** What must not wait until a clock that ran ahead is caught up with. */
const RECALLED: readonly TaskKind[] = ["verify", "look", "deliver", "refund", "prepare", "close_account"];
/** A store that cannot be asked is asked again after this. */
const STORE_RETRY_MS = 1000;
/** What comes again by itself and by nothing else is never dead: whatever a run threw, the next one may find what it should. */
const THREW_RETRY_MS: Partial<Record<TaskKind, number>> = {
  sweep: 60_000,
  look: 60 * 60_000,
  checkpoint: 60 * 60_000,
};

/** Runs due tasks: leased, bounded, retried with backoff. Sleeps until the next one falls due; new work wakes it at once. */
export function createTaskRunner(deps: Deps, options: TaskRunnerOptions): TaskRunner {
  const gateway = limitGateway(deps.gateway, TASK_CALLS_MAX);
  const { concurrency = TASK_CONCURRENCY, leaseMs = 60_000, random, standing } = options;
  /** Everything that is leased to this runner and not settled. */
  const held = new Set<Promise<void>>();
  const places = createPlaces(concurrency);
  const sleepMsMax = deps.store.isShared ? SHARED_SLEEP_MS_MAX : SLEEP_MS_MAX;
  const planStandingAgain = watchClock(deps, standing);
  let isStopped = true;
  let claiming: Promise<void> | undefined;
  let isWokenWhileClaiming = false;
  let cancelTimer = () => {};

  async function run(task: ClaimedTask): Promise<void> {
    await places.take();
    try {
      // Its place is free while its end is still being written.
      const end = await runTask({ ...deps, gateway }, task).finally(places.leave);
      await settle(deps, task, { end, random });
    } catch (error) {
      await buried(deps, task, error);
    }
  }

  async function claimDue(): Promise<void> {
    await planStandingAgain();
    const free = concurrency + CLAIMED_AHEAD - held.size;
    if (free <= 0) return; // the end of a task wakes the runner again
    const tasks = await deps.store.claimTasks({ limit: free, leaseMs });
    for (const task of tasks) {
      const done = run(task).finally(() => {
        held.delete(done);
        wake();
      });
      held.add(done);
    }
    if (tasks.length === free) return;
    const dueAt = await deps.store.nextTaskDueAt();
    sleepFor(Math.min(sleepMsMax, Math.max(0, (dueAt ?? Number.POSITIVE_INFINITY) - deps.clock.now())));
  }

  function sleepFor(delayMs: number): void {
    cancelTimer();
    if (!isStopped) cancelTimer = deps.clock.after(delayMs, wake);
  }

  function wake(): void {
    if (isStopped) return;
    if (claiming !== undefined) {
      isWokenWhileClaiming = true;
      return;
    }
    claiming = claimDue()
      .catch((error: unknown) => {
        deps.log.alarm("tasks_not_claimed", { fault: error });
        sleepFor(STORE_RETRY_MS);
      })
      .finally(() => {
        claiming = undefined;
        if (isWokenWhileClaiming) {
          isWokenWhileClaiming = false;
          wake();
        }
      });
  }

  return {
    start() {
      isStopped = false;
      deps.store.onTasksDue(wake);
      wake();
    },
    async stop() {
      isStopped = true;
      cancelTimer();
      await claiming; // what it is given is leased to this runner: nobody else would run it before the lease ends
      while (held.size > 0) await Promise.all(held);
    },
  };
}

/** What was planned by a clock that ran ahead would wait until that time comes: at the start, and once the clock was set back, it is recalled. */
function watchClock({ clock, store }: Deps, standing: TaskRunnerOptions["standing"]): () => Promise<void> {
  let lastNow: number | undefined;
  return async () => {
    const now = clock.now();
    const isStart = lastNow === undefined;
    const isSetBack = lastNow !== undefined && now < lastNow - SET_BACK_MS_MIN;
    if (isStart || isSetBack) await store.recallTasks({ kinds: RECALLED, laterThan: now + WAIT_MS_MAX });
    if (isSetBack && standing !== undefined) await store.addTasks(standing(now));
    lastNow = now;
  };
}

/** Writes how the run ended. A lost lease writes nothing: whoever holds the task now will. */
async function settle(
  deps: Deps,
  task: ClaimedTask,
  { end, random }: { end: TaskEnd; random: () => number },
): Promise<void> {
  switch (end.kind) {
    case "done":
      await deps.store.finishTask(task, end.nextDueAt === undefined ? {} : { nextDueAt: end.nextDueAt });
      return;
    case "retry": {
      const retryAt = end.retryAt ?? deps.clock.now() + backoffMs(task.tries, random());
      await deps.store.failTask(task, { error: end.reason, retryAt });
      return;
    }
    case "wait":
      await deps.store.failTask(task, { error: end.reason, retryAt: end.retryAt, isWaiting: true });
      return;
    case "give_up":
      deps.log.alarm("task_given_up", { task: task.key, kind: task.kind, reason: end.reason });
      await deps.store.failTask(task, { error: end.reason });
      return;
  }
}

/** A run that threw is a fault of ours or of the store: dead, or far away, with an alarm when ours; left to its lease when the store's. */
async function buried(deps: Deps, task: ClaimedTask, error: unknown): Promise<void> {
  const isStoreTrouble = isWorldsFault(error);
  const event = isStoreTrouble ? "task_not_stored" : "task_threw";
  deps.log.alarm(event, { task: task.key, kind: task.kind, fault: error });
  if (isStoreTrouble) return;
  const retryInMs = THREW_RETRY_MS[task.kind];
  const again = retryInMs === undefined ? {} : { retryAt: deps.clock.now() + retryInMs };
  await deps.store.failTask(task, { error: "threw", ...again }).catch(() => false);
}
