import Database from "better-sqlite3";

export interface Inbox {
  /** How many hints are stored for each payment. */
  readonly hints: ReadonlyMap<string, number>;
  /** Payments that have a verify task. */
  readonly tasks: ReadonlySet<string>;
}

/** Reads what a server has stored from its file, beside it. */
export function readInbox(path: string): Inbox {
  const db = new Database(path, { readonly: true });
  try {
    const rows = db
      .prepare<[], [string, number]>("SELECT imp_uid, count(*) FROM hints GROUP BY imp_uid")
      .raw()
      .all();
    const tasks = db.prepare<[], string>("SELECT imp_uid FROM tasks WHERE kind = 'verify'").pluck().all();
    return { hints: new Map(rows), tasks: new Set(tasks) };
  } finally {
    db.close();
  }
}
