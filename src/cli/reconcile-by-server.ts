import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { privateUrlOf } from "./private-url.ts";
import type { ReconcileAsked, ReconcileEnd } from "./reconcile-summary.ts";

const SECOND_MS = 1000;
const POLL_MS = SECOND_MS / 2;
const ANSWER_MS_MAX = 10 * SECOND_MS;
/** A server that is started again is waited for so long. */
const AWAY_MS_MAX = 60 * SECOND_MS;

/** `POST /v1/reconcile` and `GET /v1/reconcile/{id}`, as much of it as is shown here. */
interface Answer {
  readonly id: string;
  readonly state: "running" | "done" | "stopped";
  readonly share: number;
  readonly counts: Readonly<
    Record<"seen" | "foreign" | "news" | "applied" | "accounts" | "refunded", number>
  > & {
    readonly discrepancies: number;
    readonly handed_over: number;
  };
  readonly differences: Readonly<Record<string, number>>;
  readonly findings: readonly {
    readonly merchant_uid: string;
    readonly imp_uid: string;
    readonly what: string;
  }[];
  readonly more_findings: number;
  readonly tries: number;
  readonly last_error: string | null;
}

/**
 * Has the server that owns the database reconcile, and shows how far it comes. The server goes on without this command.
 *
 * @throws {ConfigError} when no server answers where the settings say, or it is another one's
 */
export async function reconcileByServer(config: Config, asked: ReconcileAsked): Promise<ReconcileEnd> {
  const { window, isDryRun, onProgress, onFinding } = asked;
  const body = { from: rfc3339(window.from), to: rfc3339(window.to), dry_run: isDryRun };
  const call = caller(config);
  const begun = await call("POST", "/v1/reconcile", body);
  if (begun === undefined) {
    throw new ConfigError(
      `Set HOST, PORT and DOJANG_PRIVATE_PORT as the server has them: another process holds the database, and no server answers at ${privateUrlOf(config)}`,
    );
  }
  let { answer } = begun;
  let shown = 0;
  let answeredAt = systemClock.now();
  for (;;) {
    for (const { merchant_uid, imp_uid, what } of answer.findings.slice(shown))
      onFinding({ orderId: merchant_uid, paymentId: imp_uid, what });
    shown = Math.max(shown, answer.findings.length);
    onProgress(answer.share);
    if (answer.state === "done") return endOf(answer, begun.status === 200);
    if (answer.state === "stopped")
      return stopped(`It was given up (${answer.last_error}): the same command goes on where it stopped`);
    if (answer.tries > begun.answer.tries) {
      return stopped(
        `The gateway cannot be asked (${answer.last_error}): the server goes on by itself, and the same command shows it`,
      );
    }
    await pause(POLL_MS);
    const next = await call("GET", `/v1/reconcile/${answer.id}`);
    if (next !== undefined) {
      answer = next.answer;
      answeredAt = systemClock.now();
    } else if (systemClock.now() - answeredAt > AWAY_MS_MAX) {
      return stopped("The server does not answer any more: it goes on by itself once it runs");
    }
  }
}

function endOf(answer: Answer, isResumed: boolean): ReconcileEnd {
  const { handed_over: handedOver, ...counts } = answer.counts;
  return {
    kind: "reconciled",
    counts: { ...counts, handedOver },
    differences: answer.differences,
    moreFindings: answer.more_findings,
    isResumed,
    leftTo: "left to tasks of their own",
  };
}

function stopped(line: string): ReconcileEnd {
  return { kind: "stopped", line };
}

/** Calls the server's private side. Undefined when nobody answers. @throws {ConfigError} for an answer that is none of Dojang's */
function caller(config: Config) {
  const url = privateUrlOf(config);
  const authorization = `Bearer ${config.apiKey}`;
  return async (method: "GET" | "POST", path: string, body?: object) => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      signal,
      redirect: "error",
      ...content,
    }).catch(() => undefined);
    if (response === undefined || response.status >= 500) return undefined;
    if (response.status === 401)
      throw new ConfigError(`Set DOJANG_API_KEY as the server has it: ${url} does not know the key`);
    if (!response.ok)
      throw new ConfigError(`Cannot reconcile by the server at ${url}: it answers ${response.status}`);
    const answer = (await response.json().catch(() => undefined)) as Answer | undefined;
    return answer === undefined ? undefined : { status: response.status, answer };
  };
}

function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
