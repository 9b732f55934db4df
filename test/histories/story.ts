import { createHash } from "node:crypto";

/** What one history found broken. */
export class BrokenPromise extends Error {
  override name = "BrokenPromise";
}

/** Everything that happened in one history, in order, with the virtual time since its beginning. */
export class Story {
  readonly #startedAt: number;
  readonly #now: () => number;
  readonly #lines: string[] = [];

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  tell(line: string): void {
    const seconds = (this.#now() - this.#startedAt) / 1000;
    this.#lines.push(`${seconds.toFixed(3).padStart(12)}s  ${line}`);
  }

  /** Equal for equal histories. */
  get hash(): string {
    return createHash("sha256").update(this.#lines.join("\n")).digest("hex");
  }

  /** What a reader needs: what concerns these ids, and what befell the server. Looks and sweeps are left out. */
  about(ids: readonly string[], linesMax = 60): string {
    const told = this.#lines.filter((line) => {
      if (/ (?:GET|POST \/users)\b/.test(line) && !line.includes("kill -9")) return false;
      return BEFALLS.test(line) || ids.length === 0 || ids.some((id) => line.includes(id));
    });
    const left = told.length - linesMax;
    const head = left > 0 ? [`  ... ${left} lines before`] : [];
    return [...head, ...told.slice(-linesMax)].join("\n");
  }
}

const BEFALLS = /kill -9|the server starts|the weather|all faults end/;
