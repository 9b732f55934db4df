import type { RowContext } from "./row-context.ts";

/** Small named values that outlive the process. */
export interface CursorRows {
  save(name: string, value: string): void;
  /** @returns false, and writes nothing, when the value is another one by now */
  replace(name: string, change: { readonly from: string | undefined; readonly to: string }): boolean;
  read(name: string): string | undefined;
}

export function createCursorRows({ db }: RowContext): CursorRows {
  const upsert = db.prepare(
    "INSERT INTO cursors (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  const insert = db.prepare("INSERT INTO cursors (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING");
  const update = db.prepare("UPDATE cursors SET value = ? WHERE name = ? AND value = ?");
  const select = db.prepare<[string], string>("SELECT value FROM cursors WHERE name = ?").pluck();
  return {
    save: (name, value) => void upsert.run(name, value),
    replace: (name, { from, to }) =>
      (from === undefined ? insert.run(name, to) : update.run(to, name, from)).changes > 0,
    read: (name) => select.get(name),
  };
}
