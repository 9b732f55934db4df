import type { Model } from "./model.ts";

/** How the token endpoint and the tokens misbehave. Time is moved by `emulator.advance`. */
export class TokenLevers {
  readonly #model: Model;
  #failures: number[] = [];
  #rejections = 0;
  /** Added to `now`, `expired_at` and the Date header of every answer: the gateway's clock is off by so much. */
  skewSeconds = 0;
  /** Every token call is answered so much later. */
  delayMs = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** All tokens stop to work at once; the next token call gives a new one. */
  revokeAll(): void {
    this.#model.state.tokens.clear();
  }

  /** The next token calls are answered with this HTTP status and no token. */
  failNext(status: number, times = 1): void {
    for (let i = 0; i < times; i++) this.#failures.push(status);
  }

  /** The next calls that carry a good token are answered 401 all the same. */
  rejectNext(times = 1): void {
    this.#rejections += times;
  }

  takeFailure(): number | undefined {
    return this.#failures.shift();
  }

  takeRejection(): boolean {
    if (this.#rejections === 0) return false;
    this.#rejections -= 1;
    return true;
  }

  reset(): void {
    this.#failures = [];
    this.#rejections = 0;
    this.skewSeconds = 0;
    this.delayMs = 0;
  }
}
