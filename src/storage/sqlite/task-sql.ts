const RECORD_COLUMNS =
  "key, kind, merchant_uid, imp_uid, payload, state, due_at, wanted, done, tries, last_error";

/**
 * The life of a task:
 *
 *     due --claim--> leased --finish--> done        due: wake_at is its due time
 *      ^               |  \---fail----> dead        leased: wake_at is the end of its lease, then it can be claimed again
 *      \--wanted more--/                            done, dead: wake_at is NULL
 *
 * A task that is wanted while it is leased notes the earliest wish in `asked_at`; finish and fail then leave it due.
 */
const INSERT = `
  INSERT INTO tasks (key, kind, merchant_uid, imp_uid, payload, state, due_at, wake_at, wanted, done, tries)
  VALUES (@key, @kind, @merchantUid, @impUid, @payload, 'due', @dueAt, @dueAt, 1, 0, 0)`;

export const ADD_ONCE = `${INSERT} ON CONFLICT (key) DO NOTHING RETURNING wake_at`;

/** A dead task that is wanted again starts over: its tries are forgotten. */
export const ADD_AGAIN = `${INSERT}
  ON CONFLICT (key) DO UPDATE SET
    wanted = wanted + 1,
    payload = CASE @payload WHEN '{}' THEN payload ELSE @payload END,
    merchant_uid = coalesce(excluded.merchant_uid, merchant_uid),
    imp_uid = coalesce(excluded.imp_uid, imp_uid),
    due_at = CASE state WHEN 'due' THEN min(due_at, @dueAt) WHEN 'leased' THEN due_at ELSE @dueAt END,
    wake_at = CASE state WHEN 'due' THEN min(wake_at, @dueAt) WHEN 'leased' THEN wake_at ELSE @dueAt END,
    asked_at = CASE state WHEN 'leased' THEN min(coalesce(asked_at, @dueAt), @dueAt) END,
    tries = CASE state WHEN 'dead' THEN 0 ELSE tries END,
    state = CASE state WHEN 'leased' THEN 'leased' ELSE 'due' END
  RETURNING wake_at`;

export const SELECT_CLAIMABLE = `
  SELECT ${RECORD_COLUMNS} FROM tasks
  WHERE wake_at <= @now AND (@kinds IS NULL OR kind IN (SELECT value FROM json_each(@kinds)))
  ORDER BY wake_at, key LIMIT @limit`;

export const CLAIM = `
  UPDATE tasks SET state = 'leased', wake_at = @leaseUntil, asked_at = NULL, lease_token = @leaseToken
  WHERE key = @key`;

/** The worker that held it is gone: due again at once, or at the earlier time that was asked for meanwhile. */
export const RELEASE_ALL = `
  UPDATE tasks SET state = 'due', wake_at = due_at, asked_at = NULL, lease_token = NULL WHERE state = 'leased'`;

/** Done up to what was claimed. More was wanted meanwhile, or a next time was given: due again. */
export const FINISH = `
  UPDATE tasks SET
    done = @wanted,
    wanted = CASE WHEN wanted > @wanted OR @nextDueAt IS NULL THEN wanted ELSE @wanted + 1 END,
    state = CASE WHEN wanted > @wanted OR @nextDueAt IS NOT NULL THEN 'due' ELSE 'done' END,
    due_at = CASE
      WHEN wanted > @wanted THEN min(coalesce(asked_at, @now), coalesce(@nextDueAt, asked_at, @now))
      ELSE coalesce(@nextDueAt, due_at) END,
    wake_at = CASE
      WHEN wanted > @wanted THEN min(coalesce(asked_at, @now), coalesce(@nextDueAt, asked_at, @now))
      ELSE @nextDueAt END,
    asked_at = NULL, lease_token = NULL, tries = 0, last_error = NULL
  WHERE key = @key AND lease_token = @leaseToken
  RETURNING wake_at`;

/** Without a next time the task is dead, unless it was wanted once more meanwhile: then it starts over. */
export const FAIL = `
  UPDATE tasks SET
    state = CASE WHEN @retryAt IS NULL AND wanted <= @wanted THEN 'dead' ELSE 'due' END,
    due_at = CASE
      WHEN wanted > @wanted THEN min(coalesce(asked_at, @retryAt), coalesce(@retryAt, asked_at))
      ELSE coalesce(@retryAt, due_at) END,
    wake_at = CASE
      WHEN wanted > @wanted THEN min(coalesce(asked_at, @retryAt), coalesce(@retryAt, asked_at))
      ELSE @retryAt END,
    tries = CASE WHEN @retryAt IS NULL AND wanted > @wanted THEN 0 ELSE tries + @tried END,
    asked_at = NULL, lease_token = NULL, last_error = @error
  WHERE key = @key AND lease_token = @leaseToken
  RETURNING wake_at`;

export const SELECT_RECORD = `SELECT ${RECORD_COLUMNS} FROM tasks WHERE key = ?`;
export const SELECT_RECORDS = `SELECT ${RECORD_COLUMNS} FROM tasks ORDER BY due_at, key LIMIT @limit`;
export const SELECT_RECORDS_OF_ORDER = `
  SELECT ${RECORD_COLUMNS} FROM tasks WHERE merchant_uid = @orderId ORDER BY due_at, key LIMIT @limit`;

/** What an operator asks for once more: now, or at the time that it is due anyway. Not one that runs at this moment. */
export const RETRY = `
  UPDATE tasks SET
    due_at = CASE state WHEN 'due' THEN min(due_at, @now) ELSE @now END,
    wake_at = CASE state WHEN 'due' THEN min(wake_at, @now) ELSE @now END,
    wanted = CASE state WHEN 'done' THEN wanted + 1 ELSE wanted END,
    tries = CASE state WHEN 'dead' THEN 0 ELSE tries END,
    state = 'due'
  WHERE key = @key AND state <> 'leased' AND (@evenDone OR state <> 'done')
  RETURNING wake_at`;

/** Planned by a clock that ran ahead. */
export const RECALL = `
  UPDATE tasks SET due_at = @now, wake_at = @now
  WHERE wake_at > @laterThan AND state = 'due' AND kind IN (SELECT value FROM json_each(@kinds))`;

/** By what is asked for. Dead and failing ones stand in an index of their own, in its very words. */
const STATE_CONDITIONS = {
  any: "TRUE",
  due: "state = 'due'",
  leased: "state = 'leased'",
  done: "state = 'done'",
  dead: "state = 'dead'",
  failing: "tries > 0 AND wake_at IS NOT NULL",
} as const;

export const selectPage = (
  state: keyof typeof STATE_CONDITIONS,
  { ofOrder }: { readonly ofOrder: boolean },
) => `
  SELECT ${RECORD_COLUMNS} FROM tasks
  WHERE ${ofOrder ? "merchant_uid = @orderId AND" : ""} key > @after AND ${STATE_CONDITIONS[state]}
    AND (@kind IS NULL OR kind = @kind)
  ORDER BY key LIMIT @limit`;
