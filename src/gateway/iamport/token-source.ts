import type { Clock } from "../../clock.ts";
import type { GatewayTrouble } from "../gateway.ts";
import type { AccessToken } from "./access-token.ts";
import type { GatewayLog } from "./gateway-log.ts";
import { isTrouble, misconfigured } from "./trouble.ts";

interface TokenSourceOptions {
  readonly login: () => Promise<AccessToken | GatewayTrouble>;
  readonly clock: Clock;
  readonly log: GatewayLog;
}

interface Refusal {
  readonly trouble: GatewayTrouble;
  readonly until: number;
  readonly delayMs: number;
}

const REFUSAL_DELAY_MS_MIN = 1_000;
const REFUSAL_DELAY_MS_MAX = 30_000;
const EARLY_REFRESH_PAUSE_MS = 5_000;

/**
 * Holds the one access token. Any number of callers share one login; a token near its end is renewed while callers
 * go on with the old one; a refused key is asked about again only after 1 s, doubling to 30 s, so that a wrong
 * setting does not hammer the gateway.
 */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  #token: AccessToken | undefined;
  #login: Promise<AccessToken | GatewayTrouble> | undefined;
  #nextEarlyRefreshAt = 0;
  #refusal: Refusal | undefined;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /** Whether the last word of the gateway about our key or token was no. */
  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  /** The token, at once where there is one: the hot path waits for nothing. */
  get(): AccessToken | GatewayTrouble | Promise<AccessToken | GatewayTrouble> {
    const now = this.#options.clock.now();
    const token = this.#token;
    if (token !== undefined && now < token.expiresAt) {
      if (now >= token.refreshAt && now >= this.#nextEarlyRefreshAt) this.#refreshEarly(now);
      return token;
    }
    if (this.#refusal !== undefined && isPausing(this.#refusal, now)) return this.#refusal.trouble;
    return this.#logIn();
  }

  /** A call came back 401. Forgets this token; one that has replaced it meanwhile stays. */
  drop(token: AccessToken): void {
    if (this.#token === token) this.#token = undefined;
  }

  /** A call was let in. Says nothing about the key, which only a login asks about. */
  accept(): void {
    if (this.#refusal?.trouble.reason === "token_refused") this.#refusal = undefined;
  }

  /** A token that had just been issued was refused: logging in again at once would not help. */
  refuse(token: AccessToken): GatewayTrouble {
    this.drop(token);
    return this.#pause(misconfigured("token_refused"));
  }

  #refreshEarly(now: number): void {
    this.#nextEarlyRefreshAt = now + EARLY_REFRESH_PAUSE_MS;
    // Callers keep the old token; a failed refresh is tried again after the pause, and at the end by whoever calls.
    void this.#logIn();
  }

  #logIn(): Promise<AccessToken | GatewayTrouble> {
    this.#login ??= this.#options
      .login()
      .then((result) => {
        if (!isTrouble(result)) {
          this.#token = result;
          // A refused token keeps its pause until a call was let in: a login alone proves nothing about it.
          if (this.#refusal?.trouble.reason === "key_refused") this.#refusal = undefined;
          return result;
        }
        return result.kind === "misconfigured" ? this.#pause(result) : result;
      })
      .finally(() => {
        this.#login = undefined;
      });
    return this.#login;
  }

  #pause(trouble: GatewayTrouble): GatewayTrouble {
    const { clock, log } = this.#options;
    const now = clock.now();
    // Callers that were refused together count once.
    if (this.#refusal !== undefined && isPausing(this.#refusal, now)) return trouble;
    const delayMs = Math.min((this.#refusal?.delayMs ?? REFUSAL_DELAY_MS_MIN / 2) * 2, REFUSAL_DELAY_MS_MAX);
    this.#refusal = { trouble, delayMs, until: now + delayMs };
    log.error({ reason: trouble.reason, delayMs }, "The payment gateway refuses our credentials");
    return trouble;
  }
}

/** One that began later than now was begun before the clock was set back. */
function isPausing({ until, delayMs }: Refusal, now: number): boolean {
  return now < until && now >= until - delayMs;
}
