import type { NewTask, TaskKind } from "../../domain/decision.ts";
import type { ClaimedTask, TaskRecord } from "../store.ts";
import type { Draft } from "./seal-context.ts";

export const LEASE_TOKEN_BYTES = 16;
/** Enough to see what went wrong. */
export const ERROR_CHARACTERS_MAX = 500;

export interface TaskRow {
  readonly key: string;
  readonly kind: TaskKind;
  readonly merchant_uid: string | null;
  readonly imp_uid: string | null;
  readonly payload: string;
  readonly state: TaskRecord["state"];
  readonly due_at: number;
  readonly wanted: number;
  readonly done: number;
  readonly tries: number;
  readonly last_error: string | null;
}

export function newTaskColumns(task: NewTask) {
  return {
    key: task.key,
    kind: task.kind,
    merchantUid: task.orderId ?? null,
    impUid: task.paymentId ?? null,
    payload: JSON.stringify(task.payload ?? {}),
    dueAt: task.dueAt,
  };
}

export function toClaimedTask(row: TaskRow, leaseToken: string): ClaimedTask {
  const task: Draft<ClaimedTask> = {
    key: row.key,
    kind: row.kind,
    payload: JSON.parse(row.payload),
    wanted: row.wanted,
    tries: row.tries,
    leaseToken,
  };
  if (row.merchant_uid !== null) task.orderId = row.merchant_uid;
  if (row.imp_uid !== null) task.paymentId = row.imp_uid;
  return task;
}

export function toTaskRecord(row: TaskRow): TaskRecord {
  const record: Draft<TaskRecord> = {
    key: row.key,
    kind: row.kind,
    state: row.state,
    dueAt: row.due_at,
    wanted: row.wanted,
    done: row.done,
    tries: row.tries,
  };
  if (row.merchant_uid !== null) record.orderId = row.merchant_uid;
  if (row.imp_uid !== null) record.paymentId = row.imp_uid;
  if (row.last_error !== null) record.lastError = row.last_error;
  return record;
}
