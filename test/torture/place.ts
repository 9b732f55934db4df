import { type RunningServer, startServer } from "../process/server-process.ts";
import { type Plan, planEnv } from "./inside/plan.ts";
import type { RoleName } from "./labels.ts";

type Env = Readonly<Record<string, string>>;

/** How a process ended: by a signal, or by itself. */
interface End {
  readonly code: number | null;
  readonly output: string;
}

/** One place where a server process stands, dies and is followed by the next one. */
export class Place {
  readonly name: string;
  readonly role: RoleName;
  /** What the process that stands here was started with. */
  plan: Plan = {};
  readonly #env: () => Env;
  /** All that the processes so far have written, and not been asked for. */
  #written: string[] = [];
  #past = "";
  #current: RunningServer | undefined;
  #isClosed = false;
  #lives = 0;

  constructor(parts: { readonly name: string; readonly role: RoleName; readonly env: () => Env }) {
    this.name = parts.name;
    this.role = parts.role;
    this.#env = parts.env;
  }

  /** The one that stands here, or the last one. */
  get process(): RunningServer {
    if (this.#current === undefined) throw new Error(`Invariant violated: ${this.name} was never started`);
    return this.#current;
  }

  get isStarted(): boolean {
    return this.#current !== undefined;
  }

  get isUp(): boolean {
    if (!this.isStarted) return false;
    const { child } = this.process;
    return child.exitCode === null && child.signalCode === null;
  }

  /** @throws when it ends before it is ready, with all that it wrote on its error stream */
  async start(plan: Plan): Promise<void> {
    this.plan = plan;
    this.#lives += 1;
    const own = { DOJANG_LOG_LEVEL: "info", ...this.#env(), ...planEnv(plan) };
    const env = Object.fromEntries(
      Object.entries(own).map(([key, value]) => [
        key,
        value.replaceAll("{life}", `${this.name}.${this.#lives}`),
      ]),
    );
    for (let starts = 1; ; starts += 1) {
      try {
        this.#current = await startServer(env, this.role);
        if (this.#isClosed) await this.close();
        return;
      } catch (error) {
        // A port that was free a moment ago: the machine's other connections use them, too.
        if (starts === STARTS_MAX || !/is in use/.test(String(error))) throw error;
      }
    }
  }

  /** Starts a process that is to die before it is ready. @returns whether it did; it is dead in any case */
  async diesAtStart(plan: Plan): Promise<boolean> {
    const error = await this.start(plan).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    if (error === undefined) await this.kill();
    // Whoever is killed says nothing.
    else if (error.message.trim() !== "The server ended:") throw error;
    return error !== undefined;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<End> {
    this.process.child.kill(signal);
    return this.ended();
  }

  /** Nothing stands here any more: also a process that is just starting is killed once it is there. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.isStarted) await this.kill();
  }

  /** Waits until it is gone. */
  async ended(): Promise<End> {
    const { output } = this.process;
    const code = await this.process.ended;
    const written = output.stdout + output.stderr;
    this.#written.push(written);
    return { code, output: written };
  }

  /** What was written since this was asked last, by the dead and by the living. */
  takeWritten(): string {
    const { output } = this.process;
    const living = this.isUp ? output.stdout + output.stderr : "";
    if (this.isUp) {
      output.stdout = "";
      output.stderr = "";
    }
    const all = [...this.#written, living].join("\n");
    this.#written = [];
    this.#past = (this.#past + all).slice(-PAST_CHARACTERS_MAX);
    return all;
  }

  /** The last of all that was written here. */
  get log(): string {
    this.takeWritten();
    return this.#past;
  }
}

const STARTS_MAX = 5;
const PAST_CHARACTERS_MAX = 2_000_000;
