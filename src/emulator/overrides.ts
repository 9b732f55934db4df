import type { PaymentLens } from "./payment-json.ts";

/** Which calls an override takes. A text matches the path without its query; an expression sees the query too. */
export interface OverrideMatch {
  readonly method?: string;
  readonly path: string | RegExp;
  /** For so many calls, then it is gone; for ever when left out. */
  readonly times?: number;
}

/**
 * How an answer is made to differ. What is left out stays true: `{ delayMs: 50 }` delays the true answer,
 * `{ reset: true }` does what was asked and drops the answer.
 */
export interface AnswerOverride {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The true payment, shown otherwise: raw JSON for fields, fields left out. */
  readonly payment?: PaymentLens;
  /** Whether the call takes effect. By default it does, unless status or body are replaced. */
  readonly acts?: boolean;
  readonly delayMs?: number;
  /** The answer waits for this. */
  readonly holdUntil?: Promise<unknown>;
  /** Whether a held or delayed answer tells how things were when the call came, or when it is sent; "release". */
  readonly snapshot?: "arrival" | "release";
  /** The headers announce the whole body; after so many bytes of it the connection breaks off. */
  readonly cutAt?: number;
  /** The connection is reset without a byte of an answer. */
  readonly reset?: boolean;
  /** The body leaves one byte at a time, so many milliseconds apart. */
  readonly dripMs?: number;
  /** A compressed body that unpacks to so many bytes. */
  readonly gzipBombBytes?: number;
}

interface Rule {
  readonly match: OverrideMatch;
  readonly answer: AnswerOverride;
  left: number;
}

/** The overrides in force, the newest first. */
export class Overrides {
  #rules: Rule[] = [];

  /** @returns a function that ends it */
  add(match: OverrideMatch, answer: AnswerOverride): () => void {
    const rule: Rule = { match, answer, left: match.times ?? Number.POSITIVE_INFINITY };
    this.#rules.unshift(rule);
    return () => {
      this.#rules = this.#rules.filter((one) => one !== rule);
    };
  }

  /** The override for this call, counted as used. */
  take(call: { method: string; url: string }): AnswerOverride | undefined {
    if (this.#rules.length === 0) return undefined;
    const rule = this.#rules.find(({ match }) => {
      if (match.method !== undefined && match.method.toUpperCase() !== call.method) return false;
      if (match.path instanceof RegExp)
        return new RegExp(match.path.source, match.path.flags.replace(/[gy]/g, "")).test(call.url);
      return match.path === call.url || match.path === call.url.split("?", 1)[0];
    });
    if (!rule) return undefined;
    rule.left -= 1;
    if (rule.left <= 0) this.#rules = this.#rules.filter((one) => one !== rule);
    return rule.answer;
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** What is in force, for the admin page. */
  list(): Array<{ method: string; path: string; left: number | null; answer: AnswerOverride }> {
    return this.#rules.map(({ match, answer, left }) => ({
      method: match.method ?? "*",
      path: String(match.path),
      left: Number.isFinite(left) ? left : null,
      answer,
    }));
  }

  clear(): void {
    this.#rules = [];
  }
}
