import type { OperatorAct } from "../store.ts";

/** A statement whose text both engines understand: values are $1, $2, ... */
export interface SqlStatement {
  /** Of its prepared form: one text, one name. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly (string | number | Uint8Array | null)[];
}

export type SqlRow = Readonly<Record<string, unknown>>;

/** How the console's statements reach an engine. Every method rejects as the store's own do. */
export interface SqlDoor {
  find(statement: SqlStatement): Promise<readonly SqlRow[]>;
  /** One write in a commit of its own. It may be repeated after its answer was lost. */
  write(statement: SqlStatement): Promise<readonly SqlRow[]>;
  /**
   * All of them in one commit with an operator's act; none, when the first one returns no row. No other such write is under way then.
   *
   * @returns whether they were written
   */
  act(act: OperatorAct, statements: readonly [SqlStatement, ...SqlStatement[]]): Promise<boolean>;
}
