import type { DatabaseConfig } from "../config.ts";
import { brokenGuards, refuseOtherSchema } from "./inspect/check-schema.ts";
import { checkSeals } from "./inspect/check-seals.ts";
import { ENGINE_RULES } from "./inspect/engine-rules.ts";
import { RULES } from "./inspect/rules.ts";
import { verifyAuditRows } from "./inspect/verify-audit-rows.ts";
import { type Moment, withMoment } from "./inspect/with-moment.ts";

/** A rule that does not hold. */
export interface CheckFinding {
  readonly name: string;
  /** What should hold, in words. */
  readonly says: string;
  /** Of how many things it does not hold. */
  readonly count: number;
  /** The first of them, at most 20. */
  readonly ids: readonly string[];
}

export interface CheckReport {
  readonly rules: number;
  readonly findings: readonly CheckFinding[];
  /** Rows by table; without those that cannot be counted. */
  readonly rows: Readonly<Record<string, number>>;
  /** Whether the data key was at hand, so that what is sealed was opened. */
  readonly hasOpenedSeals: boolean;
}

export interface CheckOptions {
  /** Without it what is sealed stays closed, and all else is checked. */
  readonly dataKey?: Uint8Array | undefined;
  readonly onFinding: (finding: CheckFinding) => void;
  /** 0 to 1. */
  readonly onProgress: (share: number) => void;
}

const IDS_MAX = 20;
const COUNTED = ["orders", "payments", "refunds", "discrepancies", "events", "tasks", "hints", "audit"];
/** How long one takes beside a rule of rows, roughly. */
const AUDIT_WEIGHT = 4;
const SEALS_WEIGHT = 10;

/**
 * Holds the rows of a database against what must be true of them, all of one moment, beside a running server or on a copy. Changes
 * nothing; memory does not grow with the number of rows. Undefined where there is no database yet.
 *
 * @throws {Error} in one line: not readable, not ours, not of this release
 */
export function checkDatabase(
  database: DatabaseConfig,
  options: CheckOptions,
): Promise<CheckReport | undefined> {
  return withMoment(database, async (moment) => {
    await refuseOtherSchema(moment);
    return checkRows(moment, options);
  });
}

async function checkRows(moment: Moment, options: CheckOptions): Promise<CheckReport> {
  const { dataKey, onFinding, onProgress } = options;
  const findings: CheckFinding[] = [];
  const checks = checksOf(moment, dataKey);
  const total = checks.reduce((sum, { weight }) => sum + weight, 0);
  let done = 0;
  for (const { name, says, weight, run } of checks) {
    const ids: string[] = [];
    let count = 0;
    const onBroken = (id: string) => {
      count += 1;
      if (ids.length < IDS_MAX) ids.push(id);
    };
    await run(onBroken, (share) => onProgress((done + share * weight) / total)).catch((error: unknown) =>
      onBroken(unreadable(error)),
    );
    done += weight;
    onProgress(done / total);
    if (count === 0) continue;
    const finding = { name, says, count, ids };
    findings.push(finding);
    onFinding(finding);
  }
  return {
    rules: checks.length,
    findings,
    rows: await countRows(moment),
    hasOpenedSeals: dataKey !== undefined,
  };
}

/** A file that is broken is a finding like others: what can still be read is checked. @throws any other error */
function unreadable(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (code?.startsWith("SQLITE_CORRUPT") !== true) throw error;
  return `what cannot be read (${message})`;
}

interface Check {
  readonly name: string;
  readonly says: string;
  readonly weight: number;
  readonly run: (onBroken: (id: string) => void, onProgress: (share: number) => void) => Promise<void>;
}

function checksOf(moment: Moment, dataKey: Uint8Array | undefined): readonly Check[] {
  const ofRows = [...ENGINE_RULES[moment.engine], ...RULES].map(
    ({ name, says, broken }): Check => ({
      name,
      says,
      weight: 1,
      async run(onBroken) {
        for await (const { id } of moment.rows<{ id: string }>(broken)) onBroken(id);
      },
    }),
  );
  const guards: Check = {
    name: "guards_in_force",
    says: "every trigger, index and constraint of this release is there and in force",
    weight: 1,
    async run(onBroken) {
      for await (const id of brokenGuards(moment)) onBroken(id);
    },
  };
  const audit: Check = {
    name: "audit_as_written",
    says: "every chain, head and checkpoint of the audit is as it was written",
    weight: AUDIT_WEIGHT,
    async run(onBroken, onProgress) {
      await verifyAuditRows(moment, { onFault: ({ where }) => onBroken(where), onProgress });
    },
  };
  if (dataKey === undefined) return [...ofRows, guards, audit];
  const seals: Check = {
    name: "seals_open",
    says: "everything that is sealed opens under the data key",
    weight: SEALS_WEIGHT,
    run: (onBroken, onProgress) => checkSeals(moment, { dataKey, onBroken, onProgress }),
  };
  return [...ofRows, guards, audit, seals];
}

async function countRows(moment: Moment): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const table of COUNTED) {
    const counted = await moment
      .first<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)
      .catch((error: unknown) => void unreadable(error));
    if (counted !== undefined) rows[table] = counted.count;
  }
  return rows;
}
