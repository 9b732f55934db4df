import type Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";
import type { SqlDoor, SqlRow, SqlStatement } from "../rows/sql-door.ts";
import type { OperatorAct } from "../store.ts";
import type { GroupCommit } from "./group-commit.ts";
import { toStorageError } from "./storage-error.ts";

interface SqlDoorParts {
  readonly db: Database.Database;
  readonly group: GroupCommit;
  readonly addAct: (act: OperatorAct) => void;
}

/** The console's statements on the one connection: writes are members of a group commit. */
export function createSqlDoor({ db, group, addAct }: SqlDoorParts): SqlDoor {
  const prepared = new Map<string, Database.Statement>();
  const run = ({ name, text, values }: SqlStatement): readonly SqlRow[] => {
    const statement = prepared.get(name) ?? db.prepare(text);
    prepared.set(name, statement);
    const named = Object.fromEntries(values.map((value, index) => [index + 1, value]));
    const given = values.length === 0 ? [] : [named];
    if (statement.reader) return statement.all(...given) as SqlRow[];
    statement.run(...given);
    return [];
  };
  return {
    async find(statement) {
      if (!group.isOpen)
        throw new DojangError(
          "storage_unavailable",
          "Cannot read: the database is closed, or its disk does not answer",
        );
      let found: readonly SqlRow[];
      try {
        found = run(statement);
      } catch (error) {
        throw toStorageError(error);
      }
      // What is told is on the disk.
      const settled = group.settled();
      if (settled !== undefined) await settled;
      return found;
    },
    write: (statement) => group.submit(() => run(statement)),
    act: (act, [first, ...more]) =>
      group.submit(() => {
        if (run(first).length === 0) return false;
        for (const statement of more) run(statement);
        addAct(act);
        return true;
      }),
  };
}
