import type { Clock } from "../../src/clock.ts";

/** A clock that stands still until the test moves it. */
export class ManualClock implements Clock {
  #now: number;
  /** Timers run by time passed, as in Node.js: setting the clock does not move them. */
  #passed = 0;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  constructor(now = Date.UTC(2026, 7, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#passed + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Moves on and runs what has come due, in order. */
  advance(ms: number): void {
    const until = this.#passed + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#pass(due.at);
      due.run();
    }
    this.#pass(until);
  }

  /** Sets the clock without running a timer, as an operator or NTP does. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #pass(until: number): void {
    this.#now += until - this.#passed;
    this.#passed = until;
  }
}
