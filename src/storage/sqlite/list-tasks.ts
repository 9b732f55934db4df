import { readKeyCursor, writeIdCursor } from "../rows/id-cursor.ts";
import type { TaskPage, TaskQuery } from "../store.ts";
import type { Rows } from "./rows.ts";

/** Pages by key, which never changes: a task that is done meanwhile moves no other to another page. */
export function listTasks(rows: Rows, { cursor, ...query }: TaskQuery): TaskPage {
  const after = cursor === undefined ? "" : readKeyCursor(cursor, "t1");
  const found = rows.tasks.list({ ...query, after });
  const tasks = found.slice(0, query.limit);
  const last = tasks.at(-1)?.key;
  const hasMore = found.length > query.limit && last !== undefined;
  return { tasks, ...(hasMore ? { nextCursor: writeIdCursor(last, "t1") } : {}) };
}
