import type pg from "pg";
import { toStoredValue } from "./any-text.ts";

/** One statement with its values. The name is that of its prepared form: one text, one name. */
export interface Statement {
  /** Empty: not prepared. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Has no deadline: a step of the schema, or a read of all there is. Of anything else a late answer counts as none. */
  readonly isPatient?: boolean;
}

/** Columns by their names in the database. */
export type Row = Readonly<Record<string, unknown>>;

export interface StatementResult {
  readonly rows: readonly Row[];
  /** How many rows it wrote or read. */
  readonly count: number;
  /** `COMMIT`, or `ROLLBACK` where a COMMIT met a transaction that had failed. */
  readonly command: string;
}

/** One connection, for as long as one piece of work takes. */
export interface Session {
  /**
   * Sends all statements at once, in order, and waits for all answers: one round trip.
   *
   * @throws the first error that the server or the connection met, once every statement is answered
   */
  run(statements: readonly Statement[]): Promise<readonly StatementResult[]>;
  /** A script of several statements, without values and without a deadline. */
  runScript(sql: string): Promise<void>;
  /** As `run`, with each statement's own end instead of an error. */
  settle(statements: readonly Statement[]): Promise<readonly PromiseSettledResult<StatementResult>[]>;
}

export interface SessionOptions {
  /** Behind a transaction pooler a prepared statement may be on another connection: none is named then. */
  readonly isNaming: boolean;
  readonly onStatement?: ((statement: Statement) => void) | undefined;
}

/** The longest that a timer takes: the driver knows no "never". */
const NEVER_MS = 2 ** 31 - 1;

export function createSession(client: pg.ClientBase, options: SessionOptions): Session {
  const send = async ({ name, text, values, isPatient = false }: Statement): Promise<StatementResult> => {
    const query = {
      text,
      values: values.map(toStoredValue),
      ...(options.isNaming && name !== "" ? { name } : {}),
      ...(isPatient ? { query_timeout: NEVER_MS } : {}),
    };
    const { rows, rowCount, command } = await client.query<Row>(query);
    return { rows, count: rowCount ?? 0, command };
  };
  const settle = (statements: readonly Statement[]) => {
    for (const statement of statements) options.onStatement?.(statement);
    // Each statement by itself would be a write to the socket, and wake the server up: that was half of all our CPU.
    const { stream } = (client as pg.Client).connection;
    stream.cork();
    try {
      return Promise.allSettled(statements.map(send));
    } finally {
      stream.uncork();
    }
  };
  return {
    settle,
    async runScript(sql) {
      await client.query({ text: sql, query_timeout: NEVER_MS } as pg.QueryConfig);
    },
    async run(statements) {
      const settled = await settle(statements);
      return settled.map((end) => {
        if (end.status === "rejected") throw end.reason;
        return end.value;
      });
    },
  };
}

export const BEGIN: Statement = { name: "begin", text: "BEGIN", values: [] };
/** All reads that follow see one moment. */
export const BEGIN_READ: Statement = {
  name: "begin_read",
  text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
  values: [],
};
export const COMMIT: Statement = { name: "commit", text: "COMMIT", values: [] };
export const ROLLBACK: Statement = { name: "rollback", text: "ROLLBACK", values: [] };
