import type { DatabaseConfig } from "../config.ts";
import { openPostgresAudit } from "./postgres/audit-source.ts";
import { besidePostgres } from "./postgres/beside-postgres.ts";
import { openSqliteAudit } from "./sqlite/audit-source.ts";
import { refuseForeignFile } from "./sqlite/migrate.ts";
import { openBeside } from "./sqlite/open-beside.ts";
import { verifyAuditRows } from "./verify-audit-rows.ts";

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
 * Computes every chain, head and checkpoint anew, beside running servers: all that is read is of one moment. Memory does not
 * grow with the number of rows. Undefined where there is no database yet.
 *
 * @throws {Error} in one line: not readable, not reachable, not ours, made by a release without an audit
 */
export async function verifyAudit(
  config: DatabaseConfig,
  options: VerifyAuditOptions,
): Promise<AuditReport | undefined> {
  if (config.kind === "postgres")
    return besidePostgres(config.url, async (session) =>
      verifyAuditRows(await openPostgresAudit(session), options),
    );
  const db = openBeside(config.path);
  if (db === undefined) return undefined;
  try {
    refuseForeignFile(db);
    const hasAudit = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'audit_checkpoints'").get();
    if (hasAudit === undefined) throw new Error("its schema has no audit yet: start this release once");
    // Held until the end: a server that writes meanwhile changes nothing of what is read here.
    db.exec("BEGIN");
    return await verifyAuditRows(openSqliteAudit(db), options);
  } finally {
    db.close();
  }
}
