import type { Arbitrary } from "fast-check";

/** One thing that reads input, and what it promises of any input. */
export interface FuzzTarget {
  readonly name: string;
  /** Parts of the paths of the sources whose coverage steers the search. */
  readonly sources: readonly string[];
  /** Whole inputs to begin with. */
  readonly seeds: readonly string[];
  /** Pieces that are put into inputs. */
  readonly dictionary: readonly string[];
  /** Inputs that are right, or nearly; a share of all inputs is made so. */
  readonly grammar?: Arbitrary<string>;
  /** How large that share is. Default 0.1. */
  readonly grammarShare?: number;
  /** Longer inputs are cut. Default 2048. */
  readonly bytesMax?: number;
  /**
   * Gives the input to the product and holds the answer against a second reading.
   *
   * @returns what kind of answer it was, in few words: an input with a new kind is kept
   * @throws {Finding} for a broken promise; whatever else is thrown is one as well
   */
  run(input: Buffer): string;
  /** The input as a person reads it, where its bytes are choices and no text. */
  show?(input: Buffer): string;
}

export const BYTES_MAX = 2048;
