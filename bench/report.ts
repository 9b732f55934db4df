import { cpus } from "node:os";
import { CONTENDERS, type ContenderName } from "./contenders.ts";
import { type CaseResult, type Figures, labelOf } from "./measure.ts";

const TITLES: Readonly<Record<ContenderName, string>> = {
  dojang: "(a) Dojang, durable SQLite",
  guide: "(b) the guide's way",
  proxy: "(c) bare proxy, Fastify",
  bare: "(e) the limit, node:http",
  lookup: "(d) the emulator alone",
};

/** What has to hold. */
const AIMS = { toGuide: 5, toProxy: 0.7, p99ToProxy: 3, addedMs: 5, gatewayHeadroom: 2 };

/** Of all cores, used by what is not the benchmark. */
const QUIET_SHARE_MAX = 0.1;

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly node: string;
  readonly date: string;
}

export function describeMachine(now: Date): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? "unknown",
    cores: cores.length,
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    date: now.toISOString(),
  };
}

/** One block per case: a line per contender, then the ratios. */
export function caseReport(result: CaseResult): string {
  const head = row(["", "per s", "p50 ms", "p99 ms", "server", "gateway", "load", "others", "errors"]);
  const lines = CONTENDERS.map((name) => figuresLine(TITLES[name], result.medians[name]));
  return [`\n${labelOf(result)} (CPU in microseconds per request)`, head, ...lines, ratioLine(result)].join(
    "\n",
  );
}

/** One line per case: what the aims ask for. */
export function summaryReport(results: readonly CaseResult[], { cpu, cores, node, date }: Machine): string {
  const head = row([
    "",
    "a per s",
    "a/b",
    "a/c",
    "a/e",
    "p99 a/c",
    "a CPU",
    "c CPU",
    "a p50 ms",
    "+ms",
    "d/e",
  ]);
  const lines = results.map((result) => {
    const { medians, ratios, p99ToProxy, addedMs, gatewayHeadroom } = result;
    return row([
      labelOf(result),
      whole(medians.dojang.perSecond),
      mark(ratios.toGuide, ratios.toGuide >= AIMS.toGuide),
      mark(ratios.toProxy, ratios.toProxy >= AIMS.toProxy),
      ratios.toBare.toFixed(2),
      mark(p99ToProxy, p99ToProxy <= AIMS.p99ToProxy),
      whole(medians.dojang.serverCpuUs),
      whole(medians.proxy.serverCpuUs),
      medians.dojang.p50Ms.toFixed(2),
      result.delayMs === 0 ? addedMs.toFixed(2) : mark(addedMs, addedMs <= AIMS.addedMs),
      result.delayMs === 0 ? mark(gatewayHeadroom, gatewayHeadroom >= AIMS.gatewayHeadroom) : "",
    ]);
  });
  const shares = results.flatMap(({ medians }) =>
    Object.values(medians).map(({ othersShare }) => othersShare),
  );
  const busiest = Math.max(...shares);
  const quiet =
    busiest > QUIET_SHARE_MAX
      ? `Others used up to ${Math.round(busiest * 100)}% of the machine: throughput and latency are not to be trusted, ratios a little more.`
      : "The machine was quiet.";
  const aims =
    "Aims: a/b at least 5, a/c at least 0.7, p99 at most 3 times c's, with the gateway 50 ms away at most 5 ms added, d/e at least 2. * misses its aim.";
  return [
    `\nSummary: ${cpu}, ${cores} cores, Node.js ${node}, ${date.slice(0, 10)}; medians`,
    ...[head, ...lines],
    aims,
    quiet,
    "",
  ].join("\n");
}

function figuresLine(title: string, figures: Figures): string {
  const { perSecond, p50Ms, p99Ms, serverCpuUs, gatewayCpuUs, loadCpuUs, errors } = figures;
  const isGateway = title === TITLES.lookup;
  return row([
    title,
    whole(perSecond),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    isGateway ? "" : whole(serverCpuUs),
    whole(gatewayCpuUs),
    whole(loadCpuUs),
    `${Math.round(figures.othersShare * 100)}%`,
    String(errors),
  ]);
}

function ratioLine({ ratios, p99ToProxy, gatewayHeadroom, addedMs }: CaseResult): string {
  const { toGuide, toProxy, toBare } = ratios;
  return `  a/b ${toGuide.toFixed(2)}   a/c ${toProxy.toFixed(2)}   a/e ${toBare.toFixed(2)}   p99 a/c ${p99ToProxy.toFixed(2)}   d/e ${gatewayHeadroom.toFixed(2)}   a p50 - d p50 ${addedMs.toFixed(2)} ms`;
}

function row([title = "", ...cells]: readonly string[]): string {
  return `  ${title.padEnd(38)}${cells.map((cell) => cell.padStart(10)).join("")}`;
}

function mark(value: number, isMet: boolean): string {
  return `${value.toFixed(2)}${isMet ? "" : "*"}`;
}

function whole(value: number): string {
  return Number.isNaN(value) ? "-" : String(Math.round(value));
}
