import type { RowContext } from "./row-context.ts";

export interface Root {
  readonly version: number;
  readonly attemptCount: number;
}

export interface RootRows {
  read(orderId: string): Root | undefined;
  /** Creates the root at version 1, or raises its version by one. */
  write(orderId: string, root: Root): void;
  /** Notes the hash of the last row of its audit chain. */
  saveAuditHead(orderId: string, hash: Buffer): void;
}

/** The whole database is locked for the writer, so a root that is missing needs no row to be locked. */
export function createRootRows({ db }: RowContext): RootRows {
  const select = db.prepare<[string], Root>(
    "SELECT version, attempt_count AS attemptCount FROM aggregates WHERE merchant_uid = ?",
  );
  const insert = db.prepare("INSERT INTO aggregates (merchant_uid, version, attempt_count) VALUES (?, ?, ?)");
  const update = db.prepare("UPDATE aggregates SET version = ?, attempt_count = ? WHERE merchant_uid = ?");
  const updateHead = db.prepare("UPDATE aggregates SET audit_head = ? WHERE merchant_uid = ?");
  return {
    read: (orderId) => select.get(orderId),
    write(orderId, { version, attemptCount }) {
      if (version === 1) insert.run(orderId, version, attemptCount);
      else update.run(version, attemptCount, orderId);
    },
    saveAuditHead: (orderId, hash) => void updateHead.run(hash, orderId),
  };
}
