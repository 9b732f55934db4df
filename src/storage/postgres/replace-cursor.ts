import type { Statement } from "./session.ts";

interface CursorReplacement {
  readonly name: string;
  readonly from: string | undefined;
  readonly to: string;
  /** The answer to a first sending was lost: what is wanted may be there by its doing. */
  readonly isRepeated: boolean;
}

/** Writes over the value that was read, and over no other. Its count is 1 when the value is the wanted one by this caller's doing. */
export function replaceCursor({ name, from, to, isRepeated }: CursorReplacement): Statement {
  if (from === undefined) {
    return {
      name: "add_cursor",
      text: `INSERT INTO cursors (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE $3 AND cursors.value = excluded.value`,
      values: [name, to, isRepeated],
    };
  }
  return {
    name: "replace_cursor",
    text: "UPDATE cursors SET value = $2 WHERE name = $1 AND (value = $4 OR $3 AND value = $2)",
    values: [name, to, isRepeated, from],
  };
}
