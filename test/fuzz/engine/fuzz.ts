import fc from "fast-check";
import { Draw } from "../../support/draw.ts";
import { Coverage } from "./coverage.ts";
import { ruleOf } from "./finding.ts";
import { BYTES_MAX, type FuzzTarget } from "./fuzz-target.ts";
import { mutate } from "./mutate.ts";
import { shrink } from "./shrink.ts";

export interface FuzzFigures {
  readonly target: string;
  readonly executions: number;
  readonly seconds: number;
  readonly functions: number;
  readonly blocks: number;
  readonly blocksOfAll: number;
  readonly corpus: number;
  readonly kinds: number;
}

export interface FoundInput {
  readonly rule: string;
  readonly message: string;
  /** The smallest input found. */
  readonly input: Buffer;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Ends it earlier. */
  readonly executionsMax?: number;
  /** Told of each input before it runs, so that somebody else knows it when it never ends. */
  readonly onInput?: (input: Buffer) => void;
}

const BATCH = 200;
/** Early on nearly every input is new: enough of them. */
const KEPT_PER_BATCH = 16;
const GRAMMAR_SHARE = 0.1;
const GRAMMAR_POOL = 300;
/** So many kinds of answers are told apart; beyond, a new one is no news. */
const KINDS_MAX = 2000;

/** Looks for an input that breaks a promise of the target, until time or executions are over. */
export function fuzz(target: FuzzTarget, options: FuzzOptions): { figures: FuzzFigures; found?: FoundInput } {
  const search = new Search(target, options);
  try {
    return search.run();
  } finally {
    search.close();
  }
}

/** What the target says of one input; what it throws is what it breaks. */
export function look(
  target: FuzzTarget,
  input: Buffer,
): { kind: string } | { rule: string; message: string } {
  try {
    return { kind: target.run(input) };
  } catch (thrown) {
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { rule: ruleOf(thrown), message };
  }
}

class Search {
  readonly #target: FuzzTarget;
  readonly #options: FuzzOptions;
  readonly #draw: Draw;
  readonly #coverage: Coverage;
  readonly #corpus: Buffer[];
  readonly #dictionary: readonly Buffer[];
  readonly #kinds = new Set<string>();
  readonly #startedAt = performance.now();
  #pool: readonly Buffer[] = [];
  #executions = 0;

  constructor(target: FuzzTarget, options: FuzzOptions) {
    this.#target = target;
    this.#options = options;
    this.#draw = new Draw(options.seed);
    this.#corpus = target.seeds.map((text) => Buffer.from(text, "utf8"));
    this.#dictionary = target.dictionary.map((text) => Buffer.from(text, "utf8"));
    this.#coverage = new Coverage(target.sources);
  }

  run(): { figures: FuzzFigures; found?: FoundInput } {
    let batch = this.#corpus.length > 0 ? [...this.#corpus] : [Buffer.alloc(0)];
    if (this.#corpus.length === 0) this.#corpus.push(Buffer.alloc(0));
    while (!this.#isOver()) {
      const broken = this.#runAll(batch);
      if (broken !== undefined) return { figures: this.#figures(), found: this.#smallest(broken) };
      this.#keepWhatIsNew(batch);
      batch = Array.from({ length: BATCH }, () => this.#nextInput());
    }
    return { figures: this.#figures() };
  }

  close(): void {
    this.#coverage.close();
  }

  #isOver(): boolean {
    const { seconds, executionsMax = Number.POSITIVE_INFINITY } = this.#options;
    return this.#executions >= executionsMax || performance.now() - this.#startedAt >= seconds * 1000;
  }

  #runAll(batch: readonly Buffer[]): Buffer | undefined {
    for (const input of batch) {
      this.#options.onInput?.(input);
      this.#executions += 1;
      const seen = look(this.#target, input);
      if ("rule" in seen) return input;
      if (this.#kinds.size < KINDS_MAX && !this.#kinds.has(seen.kind)) {
        this.#kinds.add(seen.kind);
        this.#corpus.push(input);
      }
    }
    return undefined;
  }

  /** Where the batch reached a new block, its halves run again, and theirs, until single inputs are left that reach one that no other did. */
  #keepWhatIsNew(batch: readonly Buffer[]): void {
    const ran = this.#coverage.take();
    if (!this.#coverage.isNew(ran)) return;
    this.#searchHalves(batch, KEPT_PER_BATCH);
    this.#coverage.add(ran);
  }

  /** @returns how many more may be kept */
  #searchHalves(batch: readonly Buffer[], room: number): number {
    const middle = Math.ceil(batch.length / 2);
    let left = room;
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      if (left === 0 || half.length === 0) continue;
      for (const input of half) look(this.#target, input);
      const ran = this.#coverage.take();
      if (!this.#coverage.isNew(ran)) continue;
      const [only] = half;
      if (half.length > 1 || only === undefined) left = this.#searchHalves(half, left);
      else {
        this.#corpus.push(only);
        this.#coverage.add(ran);
        left -= 1;
      }
    }
    return left;
  }

  #nextInput(): Buffer {
    const { grammar, grammarShare = GRAMMAR_SHARE, bytesMax = BYTES_MAX } = this.#target;
    if (grammar !== undefined && this.#draw.chance(grammarShare)) return this.#fromGrammar(grammar, bytesMax);
    return mutate(this.#draw.pick(this.#corpus), this.#draw, {
      corpus: this.#corpus,
      dictionary: this.#dictionary,
      bytesMax,
    });
  }

  #fromGrammar(grammar: fc.Arbitrary<string>, bytesMax: number): Buffer {
    if (this.#pool.length === 0) {
      const seed = this.#draw.int(0, 2 ** 31 - 1);
      this.#pool = fc
        .sample(grammar, { seed, numRuns: GRAMMAR_POOL })
        .map((text) => Buffer.from(text, "utf8"));
    }
    const [input = Buffer.alloc(0), ...rest] = this.#pool;
    this.#pool = rest;
    return input.subarray(0, bytesMax);
  }

  #smallest(input: Buffer): FoundInput {
    const seen = look(this.#target, input);
    const rule = "rule" in seen ? seen.rule : "differs from run to run";
    const smallest = shrink(input, (candidate) => {
      const again = look(this.#target, candidate);
      return "rule" in again && again.rule === rule;
    });
    const last = look(this.#target, smallest);
    return { rule, message: "message" in last ? last.message : rule, input: smallest };
  }

  #figures(): FuzzFigures {
    return {
      target: this.#target.name,
      executions: this.#executions,
      seconds: (performance.now() - this.#startedAt) / 1000,
      corpus: this.#corpus.length,
      kinds: this.#kinds.size,
      ...this.#coverage.figures(),
    };
  }
}
