import type { DatabaseConfig } from "../config.ts";
import { verifyAuditRows } from "./inspect/verify-audit-rows.ts";
import { withMoment } from "./inspect/with-moment.ts";

/** One thing that is not as it was written. */
export interface AuditFault {
  readonly where: string;
  readonly expected: string;
  readonly seen: string;
}

export interface AuditReport {
  readonly rows: number;
  readonly chains: number;
  readonly checkpoints: number;
  readonly faults: number;
  /** Rows that no checkpoint covers yet: nothing outside of the file vouches for them. */
  readonly uncovered: number;
}

export interface VerifyAuditOptions {
  /** As copied from the log, the hash in hex. */
  readonly checkpoint?: { readonly number: number; readonly hash: string };
  readonly onFault: (fault: AuditFault) => void;
  /** 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/**
 * Computes every chain, head and checkpoint anew, beside a running server: all that is read is of one moment. Memory does not
 * grow with the number of rows. Undefined where there is no database yet.
 *
 * @throws {Error} in one line: not readable, not ours, made by a release without an audit
 */
export function verifyAudit(
  database: DatabaseConfig,
  options: VerifyAuditOptions,
): Promise<AuditReport | undefined> {
  return withMoment(database, async (moment) => {
    const schema = "SELECT 1 AS found FROM sqlite_schema WHERE name = 'audit_checkpoints'";
    if (moment.engine === "sqlite" && (await moment.first(schema)) === undefined)
      throw new Error("its schema has no audit yet: start this release once");
    return verifyAuditRows(moment, options);
  });
}
