import type { Clock } from "../../src/clock.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

interface Timer {
  readonly at: number;
  readonly kind: "wire" | "timer";
  readonly run: () => void;
  isCancelled: boolean;
}

/** So many times, at most, one stretch of idle time is looked at: a day of waiting costs milliseconds. */
const LOOKS_IN_A_STRETCH = 4;

/** Longer than the deadline of a call. */
const WAITED_MS_MAX = 9 * SECOND_MS;

/**
 * Time, and everything that waits: nothing else in the simulation is asynchronous, so equal plans run equally. While a request is on
 * its way, each timer runs at its very moment; when none is, timers may run late, as on a busy machine.
 */
export class VirtualTime implements Clock {
  #now: number;
  /** In the order in which they fall due. */
  readonly #timers: Timer[] = [];
  #onTheWire = 0;
  /** When it last stood still. */
  stalledAt = 0;
  readonly #soon: (() => void)[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    return this.#add(delayMs, { kind: "timer", run });
  }

  /** For what travels between the server and the world. What takes longer than anybody waits holds up nothing. */
  onTheWire(delayMs: number, run: () => void): void {
    this.#onTheWire += 1;
    if (delayMs <= WAITED_MS_MAX) {
      this.#add(delayMs, { kind: "wire", run });
      return;
    }
    this.#add(WAITED_MS_MAX, { kind: "wire", run: () => {} });
    this.#add(delayMs, { kind: "timer", run });
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

  /** Everything stands still, and time does not. */
  stall(ms: number): void {
    this.#now += ms;
    this.stalledAt = this.#now;
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
      this.#timers.shift();
      if (next.kind === "wire") this.#onTheWire -= 1;
      next.run();
    }
    this.#now = Math.max(this.#now, until);
  }

  #add(delayMs: number, { kind, run }: Pick<Timer, "kind" | "run">): () => void {
    const timer: Timer = { at: this.#now + delayMs, kind, run, isCancelled: false };
    let place = this.#timers.length;
    while (place > 0 && (this.#timers[place - 1] as Timer).at > timer.at) place -= 1;
    this.#timers.splice(place, 0, timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  #next(): Timer | undefined {
    while (this.#timers[0]?.isCancelled === true) this.#timers.shift();
    return this.#timers[0];
  }
}
