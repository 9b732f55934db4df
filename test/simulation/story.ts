import { createHash } from "node:crypto";

/** What one seed found broken. */
export class BrokenPromise extends Error {
  override name = "BrokenPromise";
}

/** Everything that happened in one world, in order, with the virtual time since its beginning. */
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

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Equal for equal worlds. */
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

const BEFALLS =
  /kill -9|power fails|is restored|told to end|the server starts|the weather|clock is off|disk is full|all trouble ends/;
