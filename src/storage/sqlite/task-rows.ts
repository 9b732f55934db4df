import type { NewTask, TaskKind } from "../../domain/decision.ts";
import {
  ERROR_CHARACTERS_MAX,
  LEASE_TOKEN_BYTES,
  newTaskColumns,
  type TaskRow,
  toClaimedTask,
  toTaskRecord,
} from "../rows/task-row.ts";
import type { ClaimedTask, TaskQuery, TaskRecord } from "../store.ts";
import type { RowContext } from "./row-context.ts";
import {
  ADD_AGAIN,
  ADD_ONCE,
  CLAIM,
  FAIL,
  FINISH,
  RECALL,
  RELEASE_ALL,
  RETRY,
  SELECT_CLAIMABLE,
  SELECT_RECORD,
  SELECT_RECORDS,
  SELECT_RECORDS_OF_ORDER,
  selectPage,
} from "./task-sql.ts";

/** What a write left behind: when the task can be claimed, nothing for a task at rest. */
interface Written {
  readonly wake_at: number | null;
}

export interface TaskRows {
  /** @returns undefined when nothing was written, else when the task can be claimed */
  add(task: NewTask): { readonly wakeAt: number | undefined } | undefined;
  claim(claim: {
    readonly limit: number;
    readonly leaseMs: number;
    readonly kinds?: readonly TaskKind[];
    readonly now: number;
  }): ClaimedTask[];
  /** @returns undefined when the lease was lost */
  finish(
    task: ClaimedTask,
    next: { readonly nextDueAt?: number; readonly now: number },
  ): { readonly wakeAt: number | undefined } | undefined;
  /** @returns undefined when the lease was lost */
  fail(
    task: ClaimedTask,
    failure: { readonly error: string; readonly retryAt?: number; readonly isWaiting?: boolean },
  ): { readonly wakeAt: number | undefined } | undefined;
  /** Due now, where it is not running. @returns undefined when nothing was written */
  retry(
    key: string,
    how: { readonly now: number; readonly evenDone: boolean },
  ): { readonly wakeAt: number | undefined } | undefined;
  /** @returns how many are due now */
  recall(which: {
    readonly kinds: readonly TaskKind[];
    readonly laterThan: number;
    readonly now: number;
  }): number;
  nextDueAt(): number | undefined;
  /** Takes every lease back. For the start: the process that held them is gone, since the file has one owner. */
  releaseAll(): void;
  read(filter: { readonly orderId?: string; readonly limit: number }): TaskRecord[];
  readOne(key: string): TaskRecord | undefined;
  /** By key, one more than the limit where there are more. */
  list(query: Omit<TaskQuery, "cursor"> & { readonly after: string }): TaskRecord[];
}

export function createTaskRows({ db, random }: RowContext): TaskRows {
  const once = db.prepare<[object], Written>(ADD_ONCE);
  const again = db.prepare<[object], Written>(ADD_AGAIN);
  const claimable = db.prepare<[object], TaskRow>(SELECT_CLAIMABLE);
  const lease = db.prepare<[object]>(CLAIM);
  const finish = db.prepare<[object], Written>(FINISH);
  const fail = db.prepare<[object], Written>(FAIL);
  const record = db.prepare<[string], TaskRow>(SELECT_RECORD);
  const records = db.prepare<[object], TaskRow>(SELECT_RECORDS);
  const recordsOfOrder = db.prepare<[object], TaskRow>(SELECT_RECORDS_OF_ORDER);
  const release = db.prepare(RELEASE_ALL);
  const retry = db.prepare<[object], Written>(RETRY);
  const recall = db.prepare<[object]>(RECALL);
  const nextWake = db
    .prepare<[], number | null>("SELECT min(wake_at) FROM tasks WHERE wake_at IS NOT NULL")
    .pluck();
  return {
    add: (task) => written((task.repeat === "once" ? once : again).get(newTaskColumns(task))),
    claim({ limit, leaseMs, kinds, now }) {
      const rows = claimable.all({ now, limit, kinds: kinds === undefined ? null : JSON.stringify(kinds) });
      return rows.map((row) => {
        const leaseToken = random(LEASE_TOKEN_BYTES).toString("base64url");
        lease.run({ key: row.key, leaseToken, leaseUntil: now + leaseMs });
        return toClaimedTask(row, leaseToken);
      });
    },
    finish: ({ key, leaseToken, wanted }, { nextDueAt, now }) =>
      written(finish.get({ key, leaseToken, wanted, now, nextDueAt: nextDueAt ?? null })),
    fail: ({ key, leaseToken, wanted }, { error, retryAt, isWaiting = false }) =>
      written(
        fail.get({
          key,
          leaseToken,
          wanted,
          error: error.slice(0, ERROR_CHARACTERS_MAX),
          retryAt: retryAt ?? null,
          tried: isWaiting ? 0 : 1,
        }),
      ),
    recall: ({ kinds, laterThan, now }) =>
      recall.run({ kinds: JSON.stringify(kinds), laterThan, now }).changes,
    retry: (key, { now, evenDone }) => written(retry.get({ key, now, evenDone: Number(evenDone) })),
    nextDueAt: () => nextWake.get() ?? undefined,
    releaseAll: () => void release.run(),
    readOne(key) {
      const row = record.get(key);
      return row === undefined ? undefined : toTaskRecord(row);
    },
    read({ orderId, limit }) {
      const rows = orderId === undefined ? records.all({ limit }) : recordsOfOrder.all({ orderId, limit });
      return rows.map(toTaskRecord);
    },
    list({ state, kind, orderId, limit, after }) {
      const sql = selectPage(state ?? "any", { ofOrder: orderId !== undefined });
      const page = db.prepare<[object], TaskRow>(sql);
      const values = { after, kind: kind ?? null, limit: limit + 1, orderId: orderId ?? null };
      return page.all(values).map(toTaskRecord);
    },
  };
}

function written(row: Written | undefined) {
  return row === undefined ? undefined : { wakeAt: row.wake_at ?? undefined };
}
