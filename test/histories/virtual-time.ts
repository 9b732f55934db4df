import type { Clock } from "../../src/clock.ts";

export const SECOND_MS = 1000;
export const HOUR_MS = 3_600 * SECOND_MS;
export const DAY_MS = 24 * HOUR_MS;

interface Timer {
  readonly at: number;
  readonly kind: "wire" | "timer";
  readonly run: () => void;
}

/** So many times, at most, one stretch of idle time is looked at: a day of waiting costs seconds of none. */
const LOOKS_IN_A_STRETCH = 12;

/**
 * Time, and everything that waits: nothing else in a history is asynchronous, so equal histories run equally. While a request is on
 * its way, each timer runs at its very moment; when none is, timers may run late, as on a busy machine.
 */
export class VirtualTime implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();
  #onTheWire = 0;
  readonly #soon: (() => void)[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    return this.#add({ at: this.#now + delayMs, kind: "timer", run });
  }

  /** For what travels between the server and the gateway. */
  onTheWire(delayMs: number, run: () => void): void {
    this.#onTheWire += 1;
    this.#add({ at: this.#now + delayMs, kind: "wire", run });
  }

  /** Runs a batch of writes once the callers of this turn are in. */
  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** Runs everything that can go on without time. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const run = this.#soon.shift();
      if (run === undefined) return;
      run();
    }
  }

  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    const stride = Math.ceil(ms / LOOKS_IN_A_STRETCH);
    for (;;) {
      await this.settle();
      const next = this.#next();
      if (next === undefined || next.at > until) break;
      const isLate = next.at <= this.#now;
      const earliest = this.#onTheWire > 0 || isLate ? next.at : this.#now + stride;
      this.#now = Math.min(until, Math.max(this.#now, next.at, earliest));
      this.#timers.delete(next);
      if (next.kind === "wire") this.#onTheWire -= 1;
      next.run();
    }
    this.#now = until;
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  }
}
