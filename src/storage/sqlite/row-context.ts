import type Database from "better-sqlite3";
import type { SealContext } from "../rows/seal-context.ts";

/** What the readers and writers of rows share. */
export interface RowContext extends SealContext {
  readonly db: Database.Database;
}
