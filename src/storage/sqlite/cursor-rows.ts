import type { RowContext } from "./row-context.ts";

/** Small named values that outlive the process. */
export interface CursorRows {
  save(name: string, value: string): void;
  read(name: string): string | undefined;
}

export function createCursorRows({ db }: RowContext): CursorRows {
  const upsert = db.prepare(
    "INSERT INTO cursors (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  const select = db.prepare<[string], string>("SELECT value FROM cursors WHERE name = ?").pluck();
  return {
    save: (name, value) => void upsert.run(name, value),
    read: (name) => select.get(name),
  };
}
