import { cpus } from "node:os";
import { CONTENDERS, type ContenderName } from "./contenders.ts";
import { type CaseResult, type Figures, labelOf } from "./measure.ts";

const TITLES: Readonly<Record<ContenderName, string>> = {
  dojang: "(a) Dojang, durable SQLite",
  guide: "(b) the guide's way",
  bare: "(c) bare proxy, the limit",
  lookup: "(d) the emulator alone",
};

/** What has to hold. */
const AIMS = { toGuide: 4, toBare: 0.6, addedMs: 5, gatewayHeadroom: 2 };

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
  const head = row(["", "a per s", "a/b", "a/c", "a CPU", "c CPU", "a p50 ms", "+ms", "d/c"]);
  const lines = results.map((result) => {
    const { medians, ratios, addedMs, gatewayHeadroom } = result;
    return row([
      labelOf(result),
      whole(medians.dojang.perSecond),
      mark(ratios.toGuide, ratios.toGuide >= AIMS.toGuide),
      mark(ratios.toBare, ratios.toBare >= AIMS.toBare),
      whole(medians.dojang.serverCpuUs),
      whole(medians.bare.serverCpuUs),
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
    "Aims: a/b at least 4, a/c at least 0.6, with the gateway 50 ms away at most 5 ms added, d/c at least 2. * misses its aim.";
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

function ratioLine({ ratios, gatewayHeadroom, addedMs }: CaseResult): string {
  const { toGuide, toBare } = ratios;
  return `  a/b ${toGuide.toFixed(2)}   a/c ${toBare.toFixed(2)}   d/c ${gatewayHeadroom.toFixed(2)}   a p50 - d p50 ${addedMs.toFixed(2)} ms`;
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
