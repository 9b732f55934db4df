export interface CollectedTest {
  readonly name: string;
  readonly run: () => unknown;
}

/** What test files that were imported wait to have run, in their order. */
export const collected: CollectedTest[] = [];

const around: string[] = [];

/** Stands in for `describe` of node:test. */
export function describe(name: string, define: () => void): void {
  around.push(name);
  define();
  around.pop();
}

/** Stands in for `test` of node:test: notes the test, so that it can be run once for every mutant. */
export function test(name: string, run: () => unknown): void {
  collected.push({ name: [...around, name].join(" > "), run });
}
