// npm run bench: Dojang, the guide's way and the limit, side by side on one emulator. See docs/performance.md.
import { type Contender, type Ground, openContenders, openGround } from "./contenders.ts";
import { describeMachine, machineText } from "./machine.ts";
import { type CaseResult, labelOf, Meter } from "./measure.ts";
import { type BenchOptions, readOptions, USAGE } from "./options.ts";
import { writePlot } from "./plot.ts";
import { caseReport, summaryReport, TITLES } from "./report.ts";
import { writeResults } from "./write-results.ts";

/** Per contender: some ten thousand requests. */
const WARM_UP_S = 3;

async function main({ effort, cases, isFull }: BenchOptions): Promise<void> {
  const machine = describeMachine(new Date());
  let ground: Ground | undefined;
  let contenders: readonly Contender[] = [];
  const results: CaseResult[] = [];
  try {
    ground = await openGround();
    contenders = await openContenders(ground);
    const meter = new Meter(ground, contenders, (text) => process.stderr.write(`bench: ${text}\n`));
    await meter.warmUp(isFull ? WARM_UP_S : WARM_UP_S / 3);
    for (const wanted of cases) {
      const result = await meter.measure(wanted, effort);
      results.push(result);
      process.stdout.write(`${caseReport(result)}\n`);
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
    await Promise.all([ground?.load.close(), ground?.gateway.close()]);
  }
  process.stdout.write(summaryReport(results, machine));
  if (isFull) {
    writeResults("complete", { machine, effort, results });
    const shown = ["dojang", "postgres", "guide", "proxy", "bare"] as const;
    writePlot("complete", {
      title: "POST /payments/complete, answers per second",
      subtitle: machineText(machine),
      unit: "per s",
      x: results.map(labelOf),
      series: shown.map((name) => ({
        name: TITLES[name],
        values: results.map(({ medians }) => medians[name].perSecond),
      })),
    });
  }
  const errors = results
    .flatMap(({ medians }) => Object.values(medians))
    .reduce((sum, { errors }) => sum + errors, 0);
  if (errors > 0) throw new Error(`${errors} answers were not what they should be: the figures do not count`);
}

try {
  if (process.argv.includes("--help")) process.stdout.write(USAGE);
  else await main(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
