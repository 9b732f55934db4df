import type { Sealer } from "../seal.ts";
import type { BlindIndex } from "../seal-blind-index.ts";

/** What turns rows into objects and back, whatever the engine. */
export interface SealContext {
  readonly sealer: Sealer;
  readonly blindIndex: BlindIndex;
  /** Random bytes for ids and lease tokens. */
  readonly random: (size: number) => Buffer;
}

/** An object under construction from a row: fields that the row lacks stay absent. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };
