/** One clause of the acceptance rule as it was found: what was expected, what was seen. Values are for operators. */
export interface Clause {
  /** K0..K14, as in docs/guarantees.md. */
  readonly id: `K${number}`;
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly holds: boolean;
}
