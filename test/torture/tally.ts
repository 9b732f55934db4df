import type { EngineName } from "./labels.ts";

/** What was done and seen, over all rounds. */
export class Tally {
  rounds = 0;
  kills = 0;
  requests = 0;
  answered = 0;
  readonly startedAt = performance.now();
  /** How often each fault struck, and each label killed, on each engine. */
  readonly strikes: Record<EngineName, Record<string, number>> = { sqlite: {}, postgres: {} };

  strike(engine: EngineName, name: string, isKill: boolean): void {
    const counts = this.strikes[engine];
    counts[name] = (counts[name] ?? 0) + 1;
    if (isKill) this.kills += 1;
  }

  kill(engine: EngineName, name: string): void {
    this.strike(engine, name, true);
  }

  get seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }
}
