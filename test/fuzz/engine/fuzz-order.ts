import { BYTES_MAX } from "./fuzz-target.ts";

/** What the thread is told to do. */
export interface FuzzOrder {
  readonly name: string;
  readonly seed: number;
  readonly seconds: number;
  /** Two counts (inputs so far, length of the one that runs) and its bytes. */
  readonly shared: SharedArrayBuffer;
}

export const SHARED_BYTES = 8 + 4 * BYTES_MAX;
