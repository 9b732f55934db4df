/** One bug, as a patch of one place. */
export interface Planted {
  readonly id: string;
  /** What was done, in words. */
  readonly what: string;
  /** Below src. */
  readonly file: string;
  /** Stands once in the file. */
  readonly find: string;
  readonly replace: string;
}
