import { type Contender, type ContenderName, type Ground, runLoad } from "./contenders.ts";
import { CpuWatch } from "./cpu-watch.ts";

/** One setting of the benchmark: so many connections, and the gateway so far away. */
export interface Case {
  readonly connections: number;
  readonly delayMs: number;
}

/** What one contender did in one round, or the medians of its rounds. Times per request. */
export interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuUs: number;
  readonly gatewayCpuUs: number;
  readonly loadCpuUs: number;
  /** How much of the machine everybody else used meanwhile: 0 to 1. */
  readonly othersShare: number;
  readonly count: number;
  readonly errors: number;
}

export interface CaseResult extends Case {
  readonly medians: Readonly<Record<ContenderName, Figures>>;
  /** Throughput of Dojang over the other's: medians over the rounds, each compared with its own round. */
  readonly ratios: { readonly toGuide: number; readonly toBare: number };
  /** Throughput of plain lookups over what the bare proxy asked for. */
  readonly gatewayHeadroom: number;
  /** p50 of Dojang less p50 of one plain lookup. */
  readonly addedMs: number;
}

export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

type Progress = (text: string) => void;

/** A little more than a round can use; what is left is used by the next one. */
const SUPPLY_FACTOR = 1.2;
const FIRST_GUESS_PER_SECOND = 3_000;

interface Stock {
  perSecond: number;
  from: number;
  count: number;
}

/** Lets the contenders take turns, each round beginning with another one, so that a slow minute hits all alike. */
export class Meter {
  readonly #ground: Ground;
  readonly #contenders: readonly Contender[];
  readonly #progress: Progress;
  readonly #stocks = new Map<ContenderName, Stock>();

  constructor(ground: Ground, contenders: readonly Contender[], progress: Progress) {
    this.#ground = ground;
    this.#contenders = contenders;
    this.#progress = progress;
  }

  /** Runs code until it is compiled; nothing is kept of it. */
  async warmUp(seconds: number): Promise<void> {
    await this.#ground.gateway.call("setDelay", 0);
    for (const contender of this.#contenders) {
      this.#progress(`warm-up: ${contender.name}`);
      await this.#round(contender, { connections: 64, delayMs: 0 }, seconds);
    }
  }

  async measure(wanted: Case, { rounds, seconds }: Effort): Promise<CaseResult> {
    await this.#ground.gateway.call("setDelay", wanted.delayMs);
    const seen = new Map<ContenderName, Figures[]>(this.#contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < this.#contenders.length; turn++) {
        const contender = this.#contenders[(round + turn) % this.#contenders.length] as Contender;
        const figures = await this.#round(contender, wanted, seconds);
        seen.get(contender.name)?.push(figures);
        this.#progress(
          `${labelOf(wanted)}, round ${round + 1}/${rounds}, ${contender.name}: ${Math.round(figures.perSecond)}/s`,
        );
      }
    }
    return summarise(wanted, seen);
  }

  async #round(contender: Contender, wanted: Case, seconds: number): Promise<Figures> {
    const { gateway, load } = this.#ground;
    const { name, pid, series, plan } = contender;
    const stock = this.#stocks.get(name) ?? { perSecond: FIRST_GUESS_PER_SECOND, from: 0, count: 0 };
    this.#stocks.set(name, stock);
    await contender.resume();
    await this.#fill(contender, stock, { ...wanted, seconds });
    const range = { series, from: stock.from, count: stock.count };
    const watch = new CpuWatch({ server: pid, gateway: gateway.pid, load: load.pid, self: process.pid });
    const report = await runLoad(this.#ground, {
      ...{ ...plan, ...range },
      connections: wanted.connections,
      ms: seconds * 1000,
    });
    const { used, othersShare } = watch.read();
    contender.pause();
    if (report.errors > 0)
      this.#progress(`${name}: ${report.errors} errors, the first: ${report.firstError}`);
    await gateway.call("forget", { series, from: stock.from, count: report.count });
    stock.from += report.count;
    stock.count -= report.count;
    const { count, errors, elapsedMs, p50Ms, p99Ms, cpuUs: loadCpuUs } = report;
    stock.perSecond = (count / elapsedMs) * 1000;
    const { perSecond } = stock;
    return {
      ...{ perSecond, p50Ms, p99Ms, count, errors, othersShare, loadCpuUs },
      serverCpuUs: used.server / count,
      gatewayCpuUs: used.gateway / count,
    };
  }

  /** Orders registered and payments made before the clock runs. */
  async #fill(contender: Contender, stock: Stock, wanted: Case & { seconds: number }): Promise<void> {
    const { connections, delayMs, seconds } = wanted;
    const bound = delayMs === 0 ? Number.POSITIVE_INFINITY : (connections * 1000) / delayMs;
    const perSecond = Math.min(bound, Math.max(stock.perSecond, FIRST_GUESS_PER_SECOND / 4));
    const missing = Math.ceil(perSecond * seconds * SUPPLY_FACTOR) + connections - stock.count;
    if (missing <= 0) return;
    const range = { series: contender.series, from: stock.from + stock.count, count: missing };
    await this.#ground.gateway.call("pay", range);
    await contender.register(range);
    stock.count += missing;
  }
}

export function labelOf({ connections, delayMs }: Case): string {
  return `${connections} connections, gateway ${delayMs === 0 ? "at once" : `after ${delayMs} ms`}`;
}

function summarise(wanted: Case, seen: ReadonlyMap<ContenderName, readonly Figures[]>): CaseResult {
  const of = (name: ContenderName) => seen.get(name) ?? [];
  const against = (one: ContenderName, other: ContenderName) =>
    median(of(one).map(({ perSecond }, round) => perSecond / (of(other)[round]?.perSecond ?? Number.NaN)));
  const medians = {
    dojang: medianFigures(of("dojang")),
    guide: medianFigures(of("guide")),
    bare: medianFigures(of("bare")),
    lookup: medianFigures(of("lookup")),
  };
  return {
    ...wanted,
    medians,
    ratios: { toGuide: against("dojang", "guide"), toBare: against("dojang", "bare") },
    gatewayHeadroom: against("lookup", "bare"),
    addedMs: medians.dojang.p50Ms - medians.lookup.p50Ms,
  };
}

function medianFigures(rounds: readonly Figures[]): Figures {
  const of = (field: keyof Figures) => median(rounds.map((figures) => figures[field]));
  const total = (field: "count" | "errors") => rounds.reduce((sum, figures) => sum + figures[field], 0);
  return {
    perSecond: of("perSecond"),
    p50Ms: of("p50Ms"),
    p99Ms: of("p99Ms"),
    serverCpuUs: of("serverCpuUs"),
    gatewayCpuUs: of("gatewayCpuUs"),
    loadCpuUs: of("loadCpuUs"),
    othersShare: of("othersShare"),
    count: total("count"),
    errors: total("errors"),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
