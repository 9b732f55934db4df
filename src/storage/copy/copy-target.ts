import { findMissing, migrate } from "../postgres/migrate.ts";
import type { Pool } from "../postgres/open-pool.ts";
import { BEGIN, COMMIT, ROLLBACK, type Row, type Session, type Statement } from "../postgres/session.ts";
import { readMigrations } from "../read-migrations.ts";
import { COPIED_TABLES, type CopiedTable } from "./copied-tables.ts";
import { keyFromText, type Value, type Values } from "./values.ts";

/** How far a table has come. */
export interface TableProgress {
  readonly after: Values | undefined;
  readonly rows: number;
}

export type TargetState =
  /** The schema is to be made, or to be brought up to this release. */
  | { readonly kind: "not_migrated"; readonly steps: number }
  | { readonly kind: "empty" }
  | {
      readonly kind: "begun" | "complete";
      /** The mark of its source. */
      readonly source: Buffer;
      readonly tables: ReadonlyMap<string, TableProgress>;
    };

const plain = (text: string, ...values: readonly unknown[]): Statement => ({
  name: "",
  text,
  values,
  isPatient: true,
});

/** @throws {DojangError} `storage_unavailable`; {Error} in one line when it holds rows that no copy brought */
export async function readTargetState(pool: Pool): Promise<TargetState> {
  const { missing } = await findMissing(pool, readMigrations("postgres"));
  if (missing.length > 0) return { kind: "not_migrated", steps: missing.length };
  return pool.use(async (session) => {
    const [copies, tables] = await session.run([
      plain("SELECT source, completed_at FROM copies"),
      plain("SELECT name, last_key, rows FROM copied_tables"),
    ]);
    const copy = copies?.rows[0];
    if (copy === undefined) {
      await refuseRows(session);
      return { kind: "empty" };
    }
    const progress = (tables?.rows ?? []).map(({ name, last_key, rows }): [string, TableProgress] => [
      String(name),
      { after: last_key === null ? undefined : keyFromText(String(last_key)), rows: Number(rows) },
    ]);
    return {
      kind: copy["completed_at"] === null ? "begun" : "complete",
      source: copy["source"] as Buffer,
      tables: new Map(progress),
    };
  });
}

const anyRows = COPIED_TABLES.map(
  ({ name }) => `SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM ${name})`,
).join(" UNION ALL ");

async function refuseRows(session: Session): Promise<void> {
  const [found] = await session.run([plain(anyRows)]);
  const names = (found?.rows ?? []).map(({ name }) => name);
  if (names.length > 0) throw notEmpty(names.join(", "));
}

function notEmpty(where: string): Error {
  return new Error(`the target has rows already (${where}), and a copy needs an empty database`);
}

export interface CopyBatch {
  readonly columns: readonly string[];
  readonly rows: readonly Values[];
  /** The key of the last row that was there before, and of the last one of these. */
  readonly before: string | null;
  readonly last: string | null;
}

/** The database that is copied into. */
export interface CopyTarget {
  migrate(now: number): Promise<void>;
  begin(source: Buffer, now: number): Promise<void>;
  /** All or nothing, together with how far the table has come. */
  write(table: CopiedTable, batch: CopyBatch): Promise<void>;
  read(
    table: CopiedTable,
    page: { readonly columns: readonly string[]; readonly after: Values | undefined; readonly limit: number },
  ): Promise<readonly Values[]>;
  /** Numbers go on after those that were copied; from here on a server opens it. */
  complete(checksums: ReadonlyMap<string, Buffer>, now: number): Promise<void>;
}

export function openCopyTarget(pool: Pool): CopyTarget {
  const types = new Map<string, ReadonlyMap<string, string>>();
  const typesOf = async (table: CopiedTable, columns: readonly string[]) => {
    const known = types.get(table.name) ?? (await readTypes(pool, table));
    types.set(table.name, known);
    const missing = columns.filter((column) => !known.has(column));
    if (missing.length === 0) return columns.map((column) => known.get(column) ?? "");
    throw new Error(`Invariant violated: the target's ${table.name} lacks ${missing.join(", ")}`);
  };
  return {
    async migrate(now) {
      await migrate(pool, { migrations: readMigrations("postgres"), now });
    },
    begin: (source, now) =>
      commit(pool, {
        // A server that opens it at this moment writes its key first and looks for a copy then: one of the two is refused.
        before: [plain("LOCK TABLE seal_keys IN SHARE ROW EXCLUSIVE MODE")],
        claim: plain(
          `INSERT INTO copies (id, source, begun_at) SELECT 1, $1, $2 WHERE NOT EXISTS (${anyRows})`,
          source,
          now,
        ),
        refused: () => notEmpty("a server opened it"),
        rest: [
          plain(
            "INSERT INTO copied_tables (name, rows) SELECT unnest($1::text[]), 0",
            COPIED_TABLES.map(({ name }) => name),
          ),
        ],
      }),
    async write(table, { columns, rows, before, last }) {
      const columnTypes = await typesOf(table, columns);
      const claim = plain(
        `UPDATE copied_tables SET last_key = $3, rows = rows + $4
         WHERE name = $1 AND last_key IS NOT DISTINCT FROM $2`,
        ...[table.name, before, last, rows.length],
      );
      await commit(pool, { claim, rest: insert(table, { columns, columnTypes, rows }) });
    },
    async read(table, { columns, after, limit }) {
      const columnTypes = await typesOf(table, columns);
      const keyTypes = table.key.map((column) => columnTypes[columns.indexOf(column)]);
      const beyond =
        after === undefined
          ? ""
          : `WHERE (${table.key.join(", ")}) > (${keyTypes.map((type, index) => `$${index + 2}::${type}`).join(", ")})`;
      const text = `SELECT ${columns.join(", ")} FROM ${table.name} ${beyond} ORDER BY ${table.key.join(", ")} LIMIT $1`;
      const [found] = await pool.use((session) => session.run([plain(text, limit, ...(after ?? []))]));
      return (found?.rows ?? []).map((row) => columns.map((column) => row[column] as Value));
    },
    complete: (checksums, now) => complete(pool, checksums, now),
  };
}

async function readTypes(pool: Pool, { name }: CopiedTable): Promise<ReadonlyMap<string, string>> {
  const text = `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`;
  const [found] = await pool.use((session) => session.run([plain(text, name)]));
  return new Map((found?.rows ?? []).map(({ name: column, type }: Row) => [String(column), String(type)]));
}

/** In the order given: the audit's own trigger wants each row after the one before. */
function insert(
  { name }: CopiedTable,
  {
    columns,
    columnTypes,
    rows,
  }: { columns: readonly string[]; columnTypes: readonly string[]; rows: readonly Values[] },
): readonly Statement[] {
  const arrays = columnTypes.map((type, index) => `$${index + 1}::${type}[]`);
  const values = columns.map((_, index) => rows.map((row) => row[index] ?? null));
  const statement = plain(
    `INSERT INTO ${name} (${columns.join(", ")}) SELECT ${columns.join(", ")}
     FROM unnest(${arrays.join(", ")}) WITH ORDINALITY AS given (${columns.join(", ")}, place) ORDER BY place`,
    ...values,
  );
  if (name !== "refunds") return [statement];
  // It refuses a refund beyond what is left. What was called failed and was done after all is beyond it, and stays as it is.
  const trigger = (verb: string) => plain(`ALTER TABLE refunds ${verb} TRIGGER refunds_within_payment`);
  return [trigger("DISABLE"), statement, trigger("ENABLE")];
}

interface Commit {
  readonly before?: readonly Statement[];
  /** Must write one row: else nothing is written. */
  readonly claim: Statement;
  readonly rest: readonly Statement[];
  readonly refused?: () => Error;
}

/** One transaction. @throws what `refused` makes, another copy by default; what the database says. Then nothing was written */
async function commit(
  pool: Pool,
  {
    before = [],
    claim,
    rest,
    refused = () => new Error("another copy into this database is under way"),
  }: Commit,
): Promise<void> {
  await pool.use(async (session) => {
    try {
      const claimed = await session.run([BEGIN, ...before, claim]);
      if (claimed.at(-1)?.count !== 1) throw refused();
      const results = await session.run([...rest, COMMIT]);
      if (results.at(-1)?.command !== "COMMIT")
        throw new Error("Invariant violated: COMMIT was answered with ROLLBACK");
    } catch (error) {
      await session.settle([ROLLBACK]);
      throw error;
    }
  });
}

async function complete(pool: Pool, checksums: ReadonlyMap<string, Buffer>, now: number): Promise<void> {
  const names = [...checksums.keys()];
  const claim = plain("UPDATE copies SET completed_at = $1 WHERE id = 1 AND completed_at IS NULL", now);
  const rest = [
    plain(
      `UPDATE copied_tables SET checksum = given.checksum
       FROM unnest($1::text[], $2::bytea[]) AS given (name, checksum) WHERE copied_tables.name = given.name`,
      names,
      names.map((name) => checksums.get(name)),
    ),
    plain("UPDATE audit_counter SET number = (SELECT coalesce(max(number), 0) FROM audit)"),
    plain("SELECT setval('hint_blocks', max(hint_id)) FROM hints HAVING max(hint_id) IS NOT NULL"),
    plain(
      `SELECT setval(pg_get_serial_sequence('payments', 'row_id'), max(row_id)) FROM payments HAVING max(row_id) IS NOT NULL`,
    ),
  ];
  await commit(pool, { claim, rest });
  // A planner that knows nothing of the new tables would read them as a whole.
  await pool.use((session) =>
    session.runScript(COPIED_TABLES.map(({ name }) => `ANALYZE ${name}`).join(";")),
  );
}
