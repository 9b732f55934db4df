import { DojangError } from "../errors.ts";
import type { Store } from "../storage/store.ts";

/** Each loss means that another one won: so many in a row are no contention any more. */
const TRIES_MAX = 100;

/** What a value becomes, and what that means to the caller. Without `to` nothing is written. */
export interface CursorChange<Result> {
  readonly to?: string;
  readonly result: Result;
}

/**
 * Changes a cursor's value by what it is now, however many processes change it at the same time: `change` runs again whenever
 * another one was faster.
 *
 * @throws {DojangError} any `storage_*` code and `commit_outcome_unknown`
 */
export async function changeCursor<Result>(
  { store, name }: { readonly store: Store; readonly name: string },
  change: (value: string | undefined) => CursorChange<Result>,
): Promise<Result> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const from = await store.readCursor(name);
    const { to, result } = change(from);
    if (to === undefined || to === from || (await store.replaceCursor(name, { from, to }))) return result;
  }
  throw new DojangError(
    "storage_unavailable",
    `Cannot change ${name}: others changed it ${TRIES_MAX} times meanwhile`,
  );
}
