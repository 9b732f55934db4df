import type { ClaimedTask } from "../storage/store.ts";
import type { Deps } from "../usecases/deps.ts";
import { backoffMs } from "./backoff.ts";
import { runTask, type TaskEnd } from "./run-task.ts";

export interface TaskRunnerOptions {
  /** How many tasks run at the same time. Default 32. */
  readonly concurrency?: number;
  /** A worker that stalls longer than this loses its task to another. Default 60 s: well above every gateway deadline. */
  readonly leaseMs?: number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
}

export interface TaskRunner {
  /** Runs what was left from the last life first, then whatever falls due. */
  start(): void;
  /** Claims nothing more and waits for the tasks under way. */
  stop(): Promise<void>;
}

/** A store that cannot be asked is asked again after this. */
const STORE_RETRY_MS = 1000;

/** Runs due tasks: leased, bounded, retried with backoff. Sleeps until the next one falls due; new work wakes it at once. */
export function createTaskRunner(deps: Deps, options: TaskRunnerOptions): TaskRunner {
  const { concurrency = 32, leaseMs = 60_000, random } = options;
  const running = new Set<Promise<void>>();
  let isStopped = true;
  let claiming: Promise<void> | undefined;
  let isWokenWhileClaiming = false;
  let cancelTimer = () => {};

  async function run(task: ClaimedTask): Promise<void> {
    try {
      const end = await runTask(deps, task);
      await settle(deps, task, { end, random });
    } catch (error) {
      await buried(deps, task, error);
    }
  }

  async function claimDue(): Promise<void> {
    const free = concurrency - running.size;
    if (free <= 0) return; // the end of a task wakes the runner again
    const tasks = await deps.store.claimTasks({ limit: free, leaseMs });
    for (const task of tasks) {
      const done = run(task).finally(() => {
        running.delete(done);
        wake();
      });
      running.add(done);
    }
    if (tasks.length === free) return;
    const dueAt = await deps.store.nextTaskDueAt();
    if (dueAt !== undefined) sleepFor(Math.max(0, dueAt - deps.clock.now()));
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
      while (running.size > 0) await Promise.all(running);
    },
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

/** A run that threw is a fault of ours or of the store: dead with an alarm when ours, left to its lease when the store's. */
async function buried(deps: Deps, task: ClaimedTask, error: unknown): Promise<void> {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  const isStoreTrouble = name === "DojangError" && code !== "internal_error";
  const event = isStoreTrouble ? "task_not_stored" : "task_threw";
  deps.log.alarm(event, { task: task.key, kind: task.kind, fault: error });
  if (isStoreTrouble) return;
  await deps.store.failTask(task, { error: "threw" }).catch(() => false);
}
