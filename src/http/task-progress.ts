import type { Static } from "typebox";
import type { TaskRecord } from "../storage/store.ts";
import type { TaskProgress } from "./task-schemas.ts";

/** How far a task has come, and nothing of what it carries. */
export function taskProgress({ state, tries, dueAt, lastError }: TaskRecord): Static<typeof TaskProgress> {
  return {
    state,
    tries,
    next_try_at: state === "due" ? new Date(dueAt).toISOString() : null,
    last_error: lastError ?? null,
  };
}
