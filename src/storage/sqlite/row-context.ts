import type Database from "better-sqlite3";
import type { Sealer } from "../seal.ts";
import type { BlindIndex } from "../seal-blind-index.ts";

/** What the readers and writers of rows share. */
export interface RowContext {
  readonly db: Database.Database;
  readonly sealer: Sealer;
  readonly blindIndex: BlindIndex;
  /** Random bytes for ids and lease tokens. */
  readonly random: (size: number) => Buffer;
}

/** An object under construction from a row: fields that the row lacks stay absent. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };
