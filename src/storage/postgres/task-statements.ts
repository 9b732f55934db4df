import type { NewTask, TaskKind } from "../../domain/decision.ts";
import { ERROR_CHARACTERS_MAX, newTaskColumns } from "../rows/task-row.ts";
import type { ClaimedTask } from "../store.ts";
import type { Statement } from "./session.ts";

export const TASK_COLUMNS =
  "tasks.key, tasks.kind, tasks.merchant_uid, tasks.imp_uid, tasks.payload, tasks.state, tasks.due_at, tasks.wanted, tasks.done, tasks.tries, tasks.last_error";

/** The life of a task is drawn in src/storage/sqlite/task-sql.ts; these statements do the same. */
const INSERT = `INSERT INTO tasks (key, kind, merchant_uid, imp_uid, payload, state, due_at, wake_at, wanted, done, tries)
  VALUES ($1, $2, $3, $4, $5::text, 'due', $6::bigint, $6::bigint, 1, 0, 0)`;

const ADD_ONCE = `${INSERT} ON CONFLICT (key) DO NOTHING RETURNING wake_at`;

/** A dead task that is wanted again starts over: its tries are forgotten. */
const ADD_AGAIN = `${INSERT}
  ON CONFLICT (key) DO UPDATE SET
    wanted = tasks.wanted + 1,
    payload = CASE $5::text WHEN '{}' THEN tasks.payload ELSE $5::text END,
    merchant_uid = coalesce(excluded.merchant_uid, tasks.merchant_uid),
    imp_uid = coalesce(excluded.imp_uid, tasks.imp_uid),
    due_at = CASE tasks.state WHEN 'due' THEN least(tasks.due_at, excluded.due_at) WHEN 'leased' THEN tasks.due_at
      ELSE excluded.due_at END,
    wake_at = CASE tasks.state WHEN 'due' THEN least(tasks.wake_at, excluded.due_at) WHEN 'leased' THEN tasks.wake_at
      ELSE excluded.due_at END,
    asked_at = CASE tasks.state WHEN 'leased' THEN least(tasks.asked_at, excluded.due_at) END,
    tries = CASE tasks.state WHEN 'dead' THEN 0 ELSE tasks.tries END,
    state = CASE tasks.state WHEN 'leased' THEN 'leased' ELSE 'due' END
  RETURNING wake_at`;

export function addTask(task: NewTask): Statement {
  const { key, kind, merchantUid, impUid, payload, dueAt } = newTaskColumns(task);
  const values = [key, kind, merchantUid, impUid, payload, dueAt];
  return task.repeat === "once"
    ? { name: "add_task_once", text: ADD_ONCE, values }
    : { name: "add_task_again", text: ADD_AGAIN, values };
}

/** Others claim at the same time: what one has locked, the next passes over. One token tells this claim from every other. */
export const claimTasks = (claim: {
  readonly limit: number;
  readonly now: number;
  readonly leaseUntil: number;
  readonly leaseToken: string;
  readonly kinds?: readonly TaskKind[] | undefined;
}): Statement => ({
  name: "claim_tasks",
  text: `WITH claimable AS (
      SELECT key, wake_at FROM tasks WHERE wake_at <= $1 AND ($2::text[] IS NULL OR kind = ANY ($2::text[]))
      ORDER BY wake_at, key LIMIT $3 FOR UPDATE SKIP LOCKED)
    UPDATE tasks SET state = 'leased', wake_at = $4, asked_at = NULL, lease_token = $5
    FROM claimable WHERE tasks.key = claimable.key
    RETURNING ${TASK_COLUMNS}, claimable.wake_at AS woke_at`,
  values: [claim.now, claim.kinds ?? null, claim.limit, claim.leaseUntil, claim.leaseToken],
});

/** Done up to what was claimed. More was wanted meanwhile, or a next time was given: due again. */
export const finishTask = (
  { key, leaseToken, wanted }: ClaimedTask,
  { now, nextDueAt }: { readonly now: number; readonly nextDueAt?: number | undefined },
): Statement => ({
  name: "finish_task",
  text: `UPDATE tasks SET
      done = $3::bigint,
      wanted = CASE WHEN wanted > $3::bigint OR $5::bigint IS NULL THEN wanted ELSE $3::bigint + 1 END,
      state = CASE WHEN wanted > $3::bigint OR $5::bigint IS NOT NULL THEN 'due' ELSE 'done' END,
      due_at = CASE
        WHEN wanted > $3::bigint THEN least(coalesce(asked_at, $4::bigint), coalesce($5::bigint, asked_at, $4::bigint))
        ELSE coalesce($5::bigint, due_at) END,
      wake_at = CASE
        WHEN wanted > $3::bigint THEN least(coalesce(asked_at, $4::bigint), coalesce($5::bigint, asked_at, $4::bigint))
        ELSE $5::bigint END,
      asked_at = NULL, lease_token = NULL, tries = 0, last_error = NULL
    WHERE key = $1 AND lease_token = $2
    RETURNING wake_at`,
  values: [key, leaseToken, wanted, now, nextDueAt ?? null],
});

/** Without a next time the task is dead, unless it was wanted once more meanwhile: then it starts over. */
export const failTask = (
  { key, leaseToken, wanted }: ClaimedTask,
  failure: { readonly error: string; readonly retryAt?: number; readonly isWaiting?: boolean },
): Statement => ({
  name: "fail_task",
  text: `UPDATE tasks SET
      state = CASE WHEN $4::bigint IS NULL AND wanted <= $3::bigint THEN 'dead' ELSE 'due' END,
      due_at = CASE WHEN wanted > $3::bigint THEN least(asked_at, $4::bigint) ELSE coalesce($4::bigint, due_at) END,
      wake_at = CASE WHEN wanted > $3::bigint THEN least(asked_at, $4::bigint) ELSE $4::bigint END,
      tries = CASE WHEN $4::bigint IS NULL AND wanted > $3::bigint THEN 0 ELSE tries + $5::bigint END,
      asked_at = NULL, lease_token = NULL, last_error = $6
    WHERE key = $1 AND lease_token = $2
    RETURNING wake_at`,
  values: [
    key,
    leaseToken,
    wanted,
    failure.retryAt ?? null,
    failure.isWaiting === true ? 0 : 1,
    failure.error.slice(0, ERROR_CHARACTERS_MAX),
  ],
});

/** What an operator asks for once more: now, or at the time that it is due anyway. Not one that runs at this moment. */
export const retryTask = (
  key: string,
  { now, evenDone }: { readonly now: number; readonly evenDone: boolean },
): Statement => ({
  name: "retry_task",
  text: `UPDATE tasks SET
      due_at = CASE state WHEN 'due' THEN least(due_at, $2::bigint) ELSE $2::bigint END,
      wake_at = CASE state WHEN 'due' THEN least(wake_at, $2::bigint) ELSE $2::bigint END,
      wanted = CASE state WHEN 'done' THEN wanted + 1 ELSE wanted END,
      tries = CASE state WHEN 'dead' THEN 0 ELSE tries END,
      state = 'due'
    WHERE key = $1 AND state <> 'leased' AND ($3::boolean OR state <> 'done')
    RETURNING wake_at`,
  values: [key, now, evenDone],
});

/** Planned by a clock that ran ahead. */
export const recallTasks = (which: {
  readonly kinds: readonly TaskKind[];
  readonly laterThan: number;
  readonly now: number;
}): Statement => ({
  name: "recall_tasks",
  text: `UPDATE tasks SET due_at = $1, wake_at = $1
    WHERE wake_at > $2 AND state = 'due' AND kind = ANY ($3::text[])`,
  values: [which.now, which.laterThan, which.kinds],
});

export const NEXT_DUE: Statement = {
  name: "next_due",
  text: "SELECT wake_at FROM tasks WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1",
  values: [],
};
