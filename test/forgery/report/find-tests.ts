import { globSync, readFileSync } from "node:fs";

/** A class, and its variant where one is named: `R10`, `R10-a`, `R23-e4`. */
const NAMED = /\bR(?:0[1-9]|[1-5][0-9]|6[0-2])(?:-[a-z]{1,2}[0-9]*)?\b/g;

export function namedIn(text: string): string[] {
  return text.match(NAMED) ?? [];
}

/** Every test file whose text names a class. */
export function filesWithNames(): string[] {
  return globSync("{src,test,web}/**/*.test.ts")
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => namedIn(readFileSync(path, "utf8")).length > 0)
    .toSorted();
}
