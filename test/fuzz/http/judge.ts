import { API_KEY } from "../../process/server-process.ts";
import { REQUEST_MARK, ROUTE_MARK } from "./preload.ts";
import { readAnswers } from "./read-answers.ts";
import type { Servers } from "./servers.ts";

export interface HttpFinding {
  readonly rule: string;
  readonly detail: string;
}

/** The codes of docs/errors.md whose status is 503: what the world does to a server. A buyer's page says it in the guide's words. */
const PLANNED_503 =
  /"code":"(gateway_unavailable|storage_unavailable|storage_full|commit_outcome_unknown|overloaded)"|"status":"(unavailable|not_ready)"|Many people are here right now/;
/** On however busy a machine. */
const HEALTH_MS = 15_000;

/** Watches the server from outside: what it answers, what it logs, whether it lives, and whether orders are as they were. */
export class Judge {
  readonly findings: HttpFinding[] = [];
  planned503 = 0;
  readonly #servers: Servers;
  #read = 0;
  #readErrors = 0;
  #orders = new Map<string, string>();

  constructor(servers: Servers) {
    this.#servers = servers;
    this.#read = servers.server.output.stdout.length;
    this.#readErrors = servers.server.output.stderr.length;
  }

  note(rule: string, detail: string): void {
    if (this.findings.length < 20) this.findings.push({ rule, detail: detail.slice(0, 2000) });
  }

  /** One stream of answers: each whole, and none a 5xx that is not planned. @returns their statuses */
  answers(bytes: Buffer, sent: string): readonly number[] {
    const { answers, fault } = readAnswers(bytes);
    // An answer to HEAD has no body, whatever length it names.
    if (fault !== undefined && !sent.includes("HEAD "))
      this.note("an answer is no HTTP", `${fault}\n  sent: ${JSON.stringify(sent.slice(0, 1500))}`);
    for (const { status, body } of answers) this.status(status, body.toString("utf8"), sent);
    return answers.map(({ status }) => status);
  }

  status(status: number, body: string, sent: string): void {
    if (status < 500) return;
    if (status === 503 && PLANNED_503.test(body)) this.planned503 += 1;
    else
      this.note(
        `an answer is an unplanned ${status}`,
        `${body.slice(0, 300)}\n  sent: ${JSON.stringify(sent.slice(0, 1500))}`,
      );
  }

  /** Between two batches: the process lives, answers, and logged no fault of its own. */
  async pause(): Promise<void> {
    const { server } = this.#servers;
    if (server.child.exitCode !== null || server.child.signalCode !== null) {
      this.note(
        "the process ended",
        `${server.child.exitCode} ${server.child.signalCode}\n  ${server.output.stderr.slice(-500)} ${server.output.stdout.slice(-1500)}`,
      );
      throw new Error("The server ended");
    }
    const answer = await fetch(`${server.url}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS) }).catch(
      () => undefined,
    );
    if (answer?.status !== 200) this.note("the server does not answer", `healthz: ${answer?.status}`);
    await answer?.arrayBuffer();
    this.#readLog();
  }

  /** The lines since the last time. */
  #readLog(): void {
    const { stdout, stderr } = this.#servers.server.output;
    const lines = stdout.slice(this.#read).split("\n");
    this.#read = stdout.length - (lines.at(-1)?.length ?? 0);
    for (const line of lines.slice(0, -1))
      if (line.includes('"alarm":true')) this.note("the server logged a fault of its own", line);
    const errors = stderr.slice(this.#readErrors);
    this.#readErrors = stderr.length;
    const others = errors
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith(ROUTE_MARK) && !line.startsWith(REQUEST_MARK));
    if (others.length > 0) this.note("the process wrote to standard error", others.join("\n"));
  }

  /** Remembers the orders as they are. */
  async remember(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#orders.set(id, await this.#orderText(id));
  }

  /** Each is as it was remembered. */
  async compare(ids: readonly string[], what: string): Promise<void> {
    for (const id of ids) {
      const now = await this.#orderText(id);
      if (this.#orders.get(id) !== now)
        this.note(
          "an order was changed by what was refused",
          `${what}\n  was ${this.#orders.get(id)}\n  is ${now}`,
        );
      this.#orders.set(id, now);
    }
  }

  async #orderText(id: string): Promise<string> {
    const answer = await fetch(`${this.#servers.server.privateUrl}/v1/orders/${id}`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    return answer.text();
  }
}
