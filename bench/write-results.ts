import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RESULTS = join(import.meta.dirname, "results");

/** Keeps the figures of a run as `bench/results/<name>.json`. Digits beyond the third are noise. */
export function writeResults(name: string, results: object): void {
  mkdirSync(RESULTS, { recursive: true });
  const text = JSON.stringify(
    results,
    (_key, value) => (typeof value === "number" ? Math.round(value * 1000) / 1000 : value),
    2,
  );
  writeFileSync(join(RESULTS, `${name}.json`), `${text}\n`);
  process.stderr.write(`bench: written to bench/results/${name}.json\n`);
}
