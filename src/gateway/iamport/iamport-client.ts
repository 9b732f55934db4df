import type { Clock } from "../../clock.ts";
import type { GatewayTrouble } from "../gateway.ts";
import { type AccessToken, readAccessToken } from "./access-token.ts";
import { CallGuard } from "./call-guard.ts";
import { ClockOffset } from "./clock-offset.ts";
import { Deadlines } from "./deadlines.ts";
import type { GatewayLimits } from "./gateway-limits.ts";
import type { GatewayLog } from "./gateway-log.ts";
import { loginLine, type RequestLine } from "./request-line.ts";
import { type Called, Running, Sender, type Wire } from "./sender.ts";
import { TokenSource } from "./token-source.ts";
import {
  isTransportTrouble,
  isTrouble,
  loginTrouble,
  misconfigured,
  outcomeUnknown,
  unavailable,
} from "./trouble.ts";

export interface ClientOptions {
  readonly baseUrl: string;
  readonly impKey: string;
  readonly impSecret: string;
  readonly tier?: string;
  readonly clock: Clock;
  readonly log: GatewayLog;
  readonly limits: GatewayLimits;
  readonly random: () => number;
  readonly wire?: Wire;
}

export interface CallPlan {
  readonly line: RequestLine;
  /** JSON. */
  readonly body?: string;
  readonly bodyBytesMax: number;
  /** Runs when the request is about to be written. */
  readonly onSent?: () => void;
}

const LOGIN_BYTES_MAX = 16 * 1024;
/** An answer is asked for as plain bytes: a compressed one could be small on the way and huge here. */
const FIXED_HEADERS = ["accept", "application/json", "accept-encoding", "identity"] as const;

const JSON_BODY = ["content-type", "application/json"] as const;

/** i'mport's REST API: sends an allowed line with a token, inside the limits, and gives back what came. */
export class IamportClient {
  readonly clockOffset = new ClockOffset();
  readonly #options: ClientOptions;
  readonly #sender: Sender;
  readonly #guard: CallGuard<Called>;
  readonly #deadlines: Deadlines;
  readonly #tokens: TokenSource;
  readonly #headers: readonly string[];

  constructor(options: ClientOptions) {
    const { clock, log, limits } = options;
    this.#options = options;
    this.#sender = new Sender(options);
    this.#guard = new CallGuard({ clock, log, isFailure, ...limits });
    this.#deadlines = new Deadlines(clock, limits.deadlineMs);
    this.#tokens = new TokenSource({ clock, log, login: () => this.#logIn() });
    this.#headers = options.tier === undefined ? FIXED_HEADERS : [...FIXED_HEADERS, "tier", options.tier];
  }

  get health() {
    const { isOpen, inFlight } = this.#guard;
    return { isBreakerOpen: isOpen, isMisconfigured: this.#tokens.isRefused, inFlight };
  }

  /**
   * Answers within the deadline, whatever the guard, the login or the gateway do meanwhile. Any HTTP status but 401
   * is an answer; a 401 costs one login and one more try, since it was turned away unread. Nothing else is sent twice.
   */
  call(plan: CallPlan): Promise<Called | GatewayTrouble> {
    const running = new Running();
    return new Promise((resolve, reject) => {
      const deadline = this.#deadlines.start(() => {
        running.expire();
        resolve(running.isSent ? outcomeUnknown("timeout") : unavailable("not_sent_in_time"));
      });
      const finish = (result: Called | GatewayTrouble) => {
        deadline.clear();
        resolve(result);
      };
      this.#guard.run(() => this.#callWithToken(plan, running)).then(finish, reject);
    });
  }

  /** Ends every call at once; what had been sent is of unknown outcome. */
  async close(): Promise<void> {
    await this.#sender.close();
    this.#deadlines.close();
  }

  async #callWithToken(plan: CallPlan, running: Running): Promise<Called | GatewayTrouble> {
    const held = this.#tokens.get();
    const token = held instanceof Promise ? await held : held;
    if (isTrouble(token)) return token;
    const called = await this.#send(plan, token, running);
    if (!isUnauthorized(called)) return called;
    this.#tokens.drop(token);
    const fresh = await this.#tokens.get();
    if (isTrouble(fresh)) return fresh;
    const calledAgain = await this.#send(plan, fresh, running);
    return isUnauthorized(calledAgain) ? this.#tokens.refuse(fresh) : calledAgain;
  }

  async #send(plan: CallPlan, token: AccessToken, running: Running): Promise<Called | GatewayTrouble> {
    const { onSent, ...request } = plan;
    const type = plan.body === undefined ? [] : JSON_BODY;
    const headers = [...this.#headers, ...type, "authorization", `Bearer ${token.value}`];
    const called = await this.#sender.send({ ...request, headers }, running, onSent);
    if (called.kind === "answered") {
      this.clockOffset.noteDate(called.answer.date, called.endedAt);
      if (called.answer.status === 200 || called.answer.status === 404) this.#tokens.accept();
    }
    return called;
  }

  async #logIn(): Promise<AccessToken | GatewayTrouble> {
    const { impKey, impSecret, random, log } = this.#options;
    const running = new Running();
    const deadline = this.#deadlines.start(() => running.expire());
    const body = JSON.stringify({ imp_key: impKey, imp_secret: impSecret });
    const headers = [...this.#headers, ...JSON_BODY];
    const plan = { line: loginLine, headers, body, bodyBytesMax: LOGIN_BYTES_MAX };
    const called = await this.#sender.send(plan, running);
    deadline.clear();
    const token = called.kind === "answered" ? this.#readLogin(called, random) : loginTrouble(called);
    if (isTrouble(token)) log.warn({ reason: token.reason }, "Cannot log in at the payment gateway");
    else this.clockOffset.note(token.gatewayNow, called.kind === "answered" ? called.endedAt : 0);
    return token;
  }

  /** Source: v1 API, /users/getToken: 401 for a wrong pair; 400 for a missing one, seen by third parties. */
  #readLogin({ answer, sentAt }: Called, random: () => number): AccessToken | GatewayTrouble {
    if (answer.status === 401 || answer.status === 400) return misconfigured("key_refused");
    if (answer.status !== 200) return unavailable(`login_http_${answer.status}`);
    return readAccessToken(answer, { sentAt, random });
  }
}

function isFailure(called: Called | GatewayTrouble): boolean {
  if (called.kind !== "answered") return isTransportTrouble(called);
  return called.answer.status >= 500 || called.answer.status === 429;
}

function isUnauthorized(called: Called | GatewayTrouble): boolean {
  return called.kind === "answered" && called.answer.status === 401;
}
