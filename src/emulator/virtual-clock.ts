/**
 * The gateway's time: a base clock plus what tests add to it. Nothing in the model reads the machine's clock.
 */
export class VirtualClock {
  readonly #base: () => number;
  #aheadMs = 0;

  constructor(base: () => number) {
    this.#base = base;
  }

  nowMs(): number {
    return this.#base() + this.#aheadMs;
  }

  /** Moves the gateway's time forward (or back) by so many milliseconds. */
  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  /** How far it is ahead of its base clock, in milliseconds. */
  get aheadMs(): number {
    return this.#aheadMs;
  }
}
