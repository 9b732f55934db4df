import type { Clock } from "../../clock.ts";

export interface Deadline {
  /** The work is done: the deadline no longer matters. */
  clear(): void;
}

interface Pending {
  readonly startedAt: number;
  readonly expire: () => void;
}

/**
 * One deadline for many calls, on one timer: starting and clearing cost a set entry, not a timer each. It holds
 * against anything the other side does, an answer that drips byte by byte included.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #pending = new Set<Pending>();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, afterMs: number) {
    this.#clock = clock;
    this.#afterMs = afterMs;
  }

  start(expire: () => void): Deadline {
    const pending: Pending = { startedAt: this.#clock.now(), expire };
    this.#pending.add(pending);
    if (this.#cancelTimer === undefined) this.#arm(this.#afterMs);
    return { clear: () => void this.#pending.delete(pending) };
  }

  /** Drops every deadline without running it out. */
  close(): void {
    this.#pending.clear();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #arm(delayMs: number): void {
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#sweep());
  }

  #sweep(): void {
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    // In the order of their start, so the first that is not due ends the sweep.
    for (const pending of this.#pending) {
      const age = now - pending.startedAt;
      // A negative age: the clock was set back. Nobody knows how long this one has waited.
      if (age >= 0 && age < this.#afterMs) {
        this.#arm(this.#afterMs - age);
        return;
      }
      this.#pending.delete(pending);
      pending.expire();
    }
  }
}
