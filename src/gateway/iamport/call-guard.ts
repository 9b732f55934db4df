import {
  BrokenCircuitError,
  type BulkheadPolicy,
  BulkheadRejectedError,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from "cockatiel";
import type { Clock } from "../../clock.ts";
import type { GatewayTrouble } from "../gateway.ts";
import type { GatewayLog } from "./gateway-log.ts";
import { unavailable } from "./trouble.ts";

interface CallGuardOptions<T> {
  readonly clock: Clock;
  readonly log: GatewayLog;
  /** Calls at the gateway at one time. */
  readonly inFlightMax: number;
  /** Calls that wait for a slot. One more is answered at once: a long queue helps nobody. */
  readonly queuedMax: number;
  /** Whether a result says that the gateway or the way to it is down. */
  readonly isFailure: (result: T | GatewayTrouble) => boolean;
  /** So many failures in a row open the breaker. */
  readonly breakAfter: number;
  /** An open breaker lets one call try after so long. */
  readonly breakMs: number;
}

/**
 * Bounds the calls in flight and stops asking a gateway that is down. Both are cockatiel's. Its breaker measures by
 * `Date.now()`, so the break is given to it as a duration that our clock decides: endless until it is over.
 */
export class CallGuard<T> {
  readonly #options: CallGuardOptions<T>;
  readonly #bulkhead: BulkheadPolicy;
  readonly #breaker: CircuitBreakerPolicy;
  #openedAt = 0;

  constructor(options: CallGuardOptions<T>) {
    this.#options = options;
    this.#bulkhead = bulkhead(options.inFlightMax, options.queuedMax);
    this.#breaker = circuitBreaker(
      handleWhenResult((result) => options.isFailure(result as T | GatewayTrouble)),
      { breaker: new ConsecutiveBreaker(options.breakAfter), halfOpenAfter: this.#halfOpenAfter() },
    );
    this.#breaker.onBreak(() => {
      this.#openedAt = options.clock.now();
      options.log.error(
        { breakMs: options.breakMs },
        "The payment gateway is not reachable: calls are held back",
      );
    });
    this.#breaker.onReset(() => options.log.info({}, "The payment gateway is reachable again"));
  }

  get inFlight(): number {
    return this.#options.inFlightMax - this.#bulkhead.executionSlots;
  }

  /** Whether a call now would be answered without asking. False once a trial call is due, so that readiness recovers. */
  get isOpen(): boolean {
    const { state } = this.#breaker;
    return state === CircuitState.HalfOpen || (state === CircuitState.Open && !this.#isBreakOver());
  }

  /** Runs the call when the guard lets it; what it throws is a bug of ours and is thrown on. */
  async run(call: () => Promise<T | GatewayTrouble>): Promise<T | GatewayTrouble> {
    // While the one trial call runs, the breaker would let others wait for it. An answer now is worth more.
    if (this.isOpen) return unavailable("breaker_open");
    try {
      return await this.#bulkhead.execute(() =>
        this.isOpen ? unavailable("breaker_open") : this.#breaker.execute(call),
      );
    } catch (error) {
      if (error instanceof BulkheadRejectedError) return unavailable("too_many_calls");
      if (error instanceof BrokenCircuitError) return unavailable("breaker_open");
      throw error;
    }
  }

  #isBreakOver(): boolean {
    const age = this.#options.clock.now() - this.#openedAt;
    // A negative age: the clock was set back. Better one call too early than a gateway that is never asked again.
    return age < 0 || age >= this.#options.breakMs;
  }

  #halfOpenAfter() {
    const isBreakOver = () => this.#isBreakOver();
    const backoff = {
      next: () => backoff,
      get duration(): number {
        return isBreakOver() ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      },
    };
    return backoff;
  }
}
