import type { SentResult } from "./worker.ts";

/** The sums of many seeds. */
export class Tally {
  seeds = 0;
  readonly red: SentResult[] = [];
  readonly counts = new Map<string, number>();
  readonly faults = new Map<string, number>();
  readonly checks = new Map<string, number>();
  readonly alarms = new Map<string, number>();
  readonly #startedAt = Date.now();

  add(result: SentResult): void {
    this.seeds += 1;
    if (result.fault !== undefined) this.red.push(result);
    addTo(this.counts, Object.entries(result.counts));
    for (const name of ["faults", "checks", "alarms"] as const) addTo(this[name], result[name]);
  }

  get seconds(): number {
    return (Date.now() - this.#startedAt) / 1000;
  }

  /** One line. */
  summary(): string {
    const figures = [...this.counts].map(([name, sum]) => `${sum} ${name}`).join(", ");
    const faults = sum(this.faults);
    const checks = sum(this.checks);
    const seeds = this.red.map(({ seed }) => seed).sort((one, other) => one - other);
    const verdict = seeds.length === 0 ? "green" : `RED ${seeds.join(" ")}`;
    return `${this.seeds} seeds: ${verdict}; ${figures}, ${faults} faults, ${checks} checks; ${this.seconds.toFixed(1)} s`;
  }
}

function addTo(sums: Map<string, number>, entries: readonly (readonly [string, number])[]): void {
  for (const [name, count] of entries) sums.set(name, (sums.get(name) ?? 0) + count);
}

function sum(sums: ReadonlyMap<string, number>): number {
  return [...sums.values()].reduce((total, one) => total + one, 0);
}

/** By number: X2 before X10. */
export function byNumber(entries: ReadonlyMap<string, number>): [string, number][] {
  return [...entries].sort(([one], [other]) => Number(one.slice(1)) - Number(other.slice(1)));
}
