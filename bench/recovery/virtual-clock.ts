import type { Clock } from "../../src/clock.ts";

/** A clock that stands still until it is moved: an hour of waiting takes no time. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves on to this moment, then runs what is due by it. */
  moveTo(now: number): void {
    this.#now = Math.max(this.#now, now);
    for (const timer of [...this.#timers].sort((one, other) => one.at - other.at)) {
      if (timer.at > this.#now) break;
      if (this.#timers.delete(timer)) timer.run();
    }
  }
}
