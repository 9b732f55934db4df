import { type Profiler, Session } from "node:inspector";

/** What was never executed of one function: the rest of its text was. */
interface FunctionSeen {
  readonly from: number;
  readonly to: number;
  unseen: readonly Span[];
  /** Where a block begins or ends. */
  readonly edges: Set<number>;
}

type Span = readonly [from: number, to: number];

/** What V8 counted, by script and function. */
export type Ran = readonly Profiler.ScriptCoverage[];

/**
 * Which blocks of the product's sources this thread has executed, from V8's own counters. They are read as a difference: what ran since the last
 * reading. One reading costs about a millisecond, so it is taken once for many inputs.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #sources: readonly string[];
  readonly #functions = new Map<string, FunctionSeen>();

  constructor(sources: readonly string[]) {
    this.#sources = sources;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** What ran since the last call. */
  take(): Ran {
    let ran: Ran = [];
    // A session of this thread answers before `post` returns.
    this.#session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error !== null) throw error;
      ran = answer.result;
    });
    return ran.filter(({ url }) => this.#sources.some((part) => url.includes(part)));
  }

  /** Whether a block ran that never ran before. */
  isNew(ran: Ran): boolean {
    return ran.some(({ url, functions }) =>
      functions.some((found) => {
        const known = this.#functions.get(keyOf(url, found));
        if (known === undefined) return (found.ranges[0]?.count ?? 0) > 0;
        return lengthOf(both(known.unseen, unseenOf(found))) < lengthOf(known.unseen);
      }),
    );
  }

  /** Counts it as seen. */
  add(ran: Ran): void {
    for (const { url, functions } of ran) for (const found of functions) this.#add(url, found);
  }

  /** Blocks that ran, of all in the functions that were called at all. */
  figures(): { readonly functions: number; readonly blocks: number; readonly blocksOfAll: number } {
    let [blocks, blocksOfAll] = [0, 0];
    for (const { from, to, edges, unseen } of this.#functions.values()) {
      const ends = [...new Set([from, ...edges, to])].sort((one, other) => one - other);
      for (const [index, start] of ends.slice(0, -1).entries()) {
        const end = ends[index + 1] ?? start;
        blocksOfAll += 1;
        if (!unseen.some(([first, last]) => first <= start && end <= last)) blocks += 1;
      }
    }
    return { functions: this.#functions.size, blocks, blocksOfAll };
  }

  close(): void {
    this.#session.disconnect();
  }

  #add(url: string, found: Profiler.FunctionCoverage): void {
    const [whole, ...blocks] = found.ranges;
    if (whole === undefined || whole.count === 0) return;
    const { startOffset: from, endOffset: to } = whole;
    const key = keyOf(url, found);
    const unseen = unseenOf(found);
    const seen = this.#functions.get(key) ?? { from, to, unseen, edges: new Set<number>() };
    for (const { startOffset, endOffset } of blocks) seen.edges.add(startOffset).add(endOffset);
    if (seen.unseen.length > 0) seen.unseen = both(seen.unseen, unseen);
    this.#functions.set(key, seen);
  }
}

function keyOf(url: string, { ranges: [whole] }: Profiler.FunctionCoverage): string {
  return `${url}:${whole?.startOffset}-${whole?.endOffset}`;
}

function unseenOf({ ranges }: Profiler.FunctionCoverage): readonly Span[] {
  return ranges
    .filter(({ count }) => count === 0)
    .map(({ startOffset, endOffset }) => [startOffset, endOffset]);
}

/** What stands in both lists. */
function both(ones: readonly Span[], others: readonly Span[]): readonly Span[] {
  const spans = ones.flatMap(([from, to]) =>
    others.map(([start, end]): Span => [Math.max(from, start), Math.min(to, end)]),
  );
  const kept = spans.filter(([from, to]) => from < to).sort(([one], [other]) => one - other);
  // Blocks that stand inside each other: the outer one says all.
  return kept.filter(
    ([from, to], index) =>
      !kept.some(
        ([start, end], at) =>
          at !== index && start <= from && to <= end && (start < from || to < end || at < index),
      ),
  );
}

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, [from, to]) => sum + to - from, 0);
}
