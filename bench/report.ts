import { CONTENDERS, type ContenderName } from "./contenders.ts";
import { type Machine, machineText } from "./machine.ts";
import { type CaseResult, type Figures, labelOf } from "./measure.ts";

export const TITLES: Readonly<Record<ContenderName, string>> = {
  dojang: "(a) Dojang, durable SQLite",
  postgres: "(p) Dojang, durable PostgreSQL",
  guide: "(b) the guide's way",
  proxy: "(c) bare proxy, Fastify",
  bare: "(e) the limit, node:http",
  lookup: "(d) the emulator alone",
};

/** What has to hold. */
const AIMS = { toGuide: 5, toProxy: 0.7, postgresToGuide: 3, p99ToProxy: 3, gatewayHeadroom: 2 };

/** Of all cores, used by what is not the benchmark. */
const QUIET_SHARE_MAX = 0.1;

/** One block per case: a line per contender, then the ratios. */
export function caseReport(result: CaseResult): string {
  const head = row([
    "",
    "per s",
    "p50 ms",
    "p99 ms",
    "server",
    "database",
    "gateway",
    "load",
    "others",
    "errors",
  ]);
  const lines = CONTENDERS.map((name) => figuresLine(TITLES[name], result.medians[name]));
  return [`\n${labelOf(result)} (CPU in microseconds per request)`, head, ...lines, ratioLine(result)].join(
    "\n",
  );
}

/** One line per case: what the aims ask for. */
export function summaryReport(results: readonly CaseResult[], machine: Machine): string {
  const head = row([
    "",
    "a per s",
    "a/b",
    "a/c",
    "a/e",
    "p per s",
    "p/b",
    "p/c",
    "a CPU",
    "p CPU",
    "a p99/c",
    "p p99/c",
    "d/e",
  ]);
  const lines = results.map((result) => {
    const { medians, ratios, postgresRatios, gatewayHeadroom } = result;
    const { dojang, postgres } = medians;
    const late = (ratio: number) =>
      result.connections === 64 ? mark(ratio, ratio <= AIMS.p99ToProxy) : ratio.toFixed(2);
    return row([
      labelOf(result),
      whole(dojang.perSecond),
      mark(ratios.toGuide, ratios.toGuide >= AIMS.toGuide),
      mark(ratios.toProxy, ratios.toProxy >= AIMS.toProxy),
      ratios.toBare.toFixed(2),
      whole(postgres.perSecond),
      mark(postgresRatios.toGuide, postgresRatios.toGuide >= AIMS.postgresToGuide),
      postgresRatios.toProxy.toFixed(2),
      whole(dojang.serverCpuUs),
      whole(postgres.serverCpuUs),
      late(result.p99ToProxy),
      late(result.postgresP99ToProxy),
      result.delayMs === 0 ? mark(gatewayHeadroom, gatewayHeadroom >= AIMS.gatewayHeadroom) : "",
    ]);
  });
  return [
    `\nSummary: ${machineText(machine)}; medians`,
    ...[head, ...lines],
    `Aims: a/b at least ${AIMS.toGuide}, a/c at least ${AIMS.toProxy}, p/b at least ${AIMS.postgresToGuide}, at 64 connections p99 at most ${AIMS.p99ToProxy} times that of c. * misses its aim.`,
    quietLine(results),
    "",
  ].join("\n");
}

function quietLine(results: readonly CaseResult[]): string {
  const shares = results.flatMap(({ medians }) =>
    Object.values(medians).map(({ othersShare }) => othersShare),
  );
  const busiest = Math.max(...shares);
  return busiest > QUIET_SHARE_MAX
    ? `Others used up to ${Math.round(busiest * 100)}% of the machine: throughput and latency are not to be trusted, ratios a little more.`
    : "The machine was quiet.";
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
    figures.databaseCpuUs === 0 ? "" : whole(figures.databaseCpuUs),
    whole(gatewayCpuUs),
    whole(loadCpuUs),
    `${Math.round(figures.othersShare * 100)}%`,
    String(errors),
  ]);
}

function ratioLine({ ratios, postgresRatios, p99ToProxy, gatewayHeadroom, addedMs }: CaseResult): string {
  const { toGuide, toProxy, toBare } = ratios;
  return `  a/b ${toGuide.toFixed(2)}   a/c ${toProxy.toFixed(2)}   a/e ${toBare.toFixed(2)}   p/b ${postgresRatios.toGuide.toFixed(2)}   p/c ${postgresRatios.toProxy.toFixed(2)}   p99 a/c ${p99ToProxy.toFixed(2)}   d/e ${gatewayHeadroom.toFixed(2)}   a p50 - d p50 ${addedMs.toFixed(2)} ms`;
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
