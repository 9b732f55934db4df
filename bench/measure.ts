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
  /** Of the database's server, where it is a process of its own. */
  readonly databaseCpuUs: number;
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
  readonly ratios: { readonly toGuide: number; readonly toProxy: number; readonly toBare: number };
  /** p99 of Dojang over that of the bare proxy. */
  readonly p99ToProxy: number;
  /** The same of Dojang on PostgreSQL. */
  readonly postgresRatios: CaseResult["ratios"];
  readonly postgresP99ToProxy: number;
  /** Throughput of plain lookups over what the bare proxy asked for. */
  readonly gatewayHeadroom: number;
  /** p50 of Dojang less p50 of one plain lookup. */
  readonly addedMs: number;
}

export interface Effort {
  readonly rounds: number;
  /** Rounds that one registration of orders lasts for. */
  readonly roundsPerFill: number;
  readonly seconds: number;
}

type Progress = (text: string) => void;

/** A little more than a round can use. */
const SUPPLY_FACTOR = 1.3;
/** So few looks disturb nobody. */
const LOOKS_MIN = 200;
const FIRST_GUESS_PER_SECOND = 2_000;

interface Stock {
  /** The fastest round so far. */
  perSecond: number;
  from: number;
  count: number;
  registered: number;
  roundsLeft: number;
  /** When the registration of what is there began and ended. */
  filledFrom: number;
  filledAt: number;
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
      await this.#round(contender, { connections: 64, delayMs: 0 }, { rounds: 1, roundsPerFill: 1, seconds });
    }
  }

  async measure(wanted: Case, effort: Effort): Promise<CaseResult> {
    const { rounds } = effort;
    for (const stock of this.#stocks.values()) stock.roundsLeft = 0;
    await this.#ground.gateway.call("setDelay", wanted.delayMs);
    const seen = new Map<ContenderName, Figures[]>(this.#contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < this.#contenders.length; turn++) {
        const contender = this.#contenders[(round + turn) % this.#contenders.length] as Contender;
        const figures = await this.#round(contender, wanted, effort);
        seen.get(contender.name)?.push(figures);
        this.#progress(
          `${labelOf(wanted)}, round ${round + 1}/${rounds}, ${contender.name}: ${Math.round(figures.perSecond)}/s`,
        );
      }
    }
    return summarise(wanted, seen);
  }

  async #round(contender: Contender, wanted: Case, effort: Effort): Promise<Figures> {
    const { gateway, load } = this.#ground;
    const { name, pid, databasePid, series, plan } = contender;
    const stock = await this.#stockOf(contender, wanted, effort);
    const range = { series, from: stock.from, count: stock.count };
    const watched = { server: pid, gateway: gateway.pid, load: load.pid, self: process.pid };
    const watch = new CpuWatch(watched, databasePid);
    const report = await runLoad(this.#ground, {
      ...{ ...plan, ...range },
      connections: wanted.connections,
      ms: effort.seconds * 1000,
    });
    const { used, databaseUs, othersShare } = watch.read();
    const isLate = performance.now() - stock.filledFrom > contender.freshMs;
    if (isLate) this.#progress(`${name}: too slow, its own looks came between: the machine is busy`);
    await contender.pause();
    if (report.errors > 0)
      this.#progress(`${name}: ${report.errors} errors, the first: ${report.firstError}`);
    await gateway.call("forget", { series, from: stock.from, count: report.count });
    stock.from += report.count;
    stock.count -= report.count;
    const { count, errors, elapsedMs, p50Ms, p99Ms, cpuUs: loadCpuUs } = report;
    const perSecond = (count / elapsedMs) * 1000;
    stock.perSecond = Math.max(stock.perSecond, perSecond);
    return {
      ...{ perSecond, p50Ms, p99Ms, count, errors, othersShare, loadCpuUs },
      serverCpuUs: used.server / count,
      databaseCpuUs: databaseUs / count,
      gatewayCpuUs: used.gateway / count,
    };
  }

  /**
   * Orders registered and payments made before the clock runs. Those that were not used for too long are left alone:
   * Dojang completes them by itself. Its looks at the last ones are over before new ones are registered.
   */
  async #stockOf(contender: Contender, wanted: Case, effort: Effort): Promise<Stock> {
    const { name, series, freshMs } = contender;
    const stock = this.#stocks.get(name) ?? newStock();
    this.#stocks.set(name, stock);
    stock.roundsLeft -= 1;
    if (stock.roundsLeft >= 0 && stock.count > wanted.connections * 2) {
      await contender.resume();
      return stock;
    }
    const hasLooks = Number.isFinite(freshMs) && stock.registered >= LOOKS_MIN;
    if (hasLooks) await until(stock.filledAt + freshMs);
    await contender.resume();
    stock.from += stock.count;
    stock.count = supply(stock, wanted, effort);
    stock.registered = stock.count;
    stock.roundsLeft = effort.roundsPerFill - 1;
    const range = { series, from: stock.from, count: stock.count };
    await this.#ground.gateway.call("pay", range);
    stock.filledFrom = performance.now();
    await contender.register(range);
    stock.filledAt = performance.now();
    return stock;
  }
}

function newStock(): Stock {
  return {
    ...{ perSecond: FIRST_GUESS_PER_SECOND, from: 0, count: 0, registered: 0 },
    ...{ roundsLeft: 0, filledFrom: 0, filledAt: 0 },
  };
}

function supply({ perSecond }: Stock, { connections, delayMs }: Case, effort: Effort): number {
  const bound = delayMs === 0 ? Number.POSITIVE_INFINITY : (connections * 1000) / delayMs;
  // One connection waits for every answer: it never comes near the fastest round.
  const expected = Math.min(bound, connections === 1 ? perSecond / 2 : perSecond);
  return Math.ceil(expected * effort.seconds * effort.roundsPerFill * SUPPLY_FACTOR) + connections;
}

async function until(at: number): Promise<void> {
  const ms = at - performance.now();
  if (ms > 0) await new Promise((done) => setTimeout(done, ms));
}

export function labelOf({ connections, delayMs }: Case): string {
  return `${connections} connections, gateway ${delayMs === 0 ? "at once" : `after ${delayMs} ms`}`;
}

function summarise(wanted: Case, seen: ReadonlyMap<ContenderName, readonly Figures[]>): CaseResult {
  const of = (name: ContenderName) => seen.get(name) ?? [];
  const against = (one: ContenderName, other: ContenderName) =>
    median(of(one).map(({ perSecond }, round) => perSecond / (of(other)[round]?.perSecond ?? Number.NaN)));
  const ratiosOf = (name: ContenderName) => ({
    toGuide: against(name, "guide"),
    toProxy: against(name, "proxy"),
    toBare: against(name, "bare"),
  });
  const medians = {
    dojang: medianFigures(of("dojang")),
    postgres: medianFigures(of("postgres")),
    guide: medianFigures(of("guide")),
    proxy: medianFigures(of("proxy")),
    bare: medianFigures(of("bare")),
    lookup: medianFigures(of("lookup")),
  };
  return {
    ...wanted,
    medians,
    ratios: ratiosOf("dojang"),
    p99ToProxy: medians.dojang.p99Ms / medians.proxy.p99Ms,
    postgresRatios: ratiosOf("postgres"),
    postgresP99ToProxy: medians.postgres.p99Ms / medians.proxy.p99Ms,
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
    databaseCpuUs: of("databaseCpuUs"),
    gatewayCpuUs: of("gatewayCpuUs"),
    loadCpuUs: of("loadCpuUs"),
    othersShare: of("othersShare"),
    count: total("count"),
    errors: total("errors"),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
