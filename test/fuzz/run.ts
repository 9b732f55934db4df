import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openProgress } from "../../src/cli/progress.ts";
import { look } from "./engine/fuzz.ts";
import type { FuzzTarget } from "./engine/fuzz-target.ts";
import { replayLine } from "./engine/replay-line.ts";
import { runTarget } from "./engine/run-target.ts";
import type { HttpFigures } from "./http/scenario.ts";
import { SCENARIOS } from "./http/scenarios.ts";
import { withServers } from "./http/servers.ts";
import { runPlanted } from "./planted/run-planted.ts";
import { TARGETS } from "./targets/all-targets.ts";

const USAGE = `npm run fuzz -- [--seconds S] [--target name ...] [--seed N] [--quick] [--planted] [--json file] [--replay input]
targets: ${[...TARGETS, ...SCENARIOS].map(({ name }) => name).join(", ")}`;
const SECONDS = 300;
const QUICK_SECONDS = 12;

interface Asked {
  readonly targets: readonly FuzzTarget[];
  readonly scenarios: typeof SCENARIOS;
  readonly seconds: number;
  readonly seed: number;
  readonly isFirstEnough: boolean;
  readonly isQuick: boolean;
}

interface Figures {
  readonly target: string;
  readonly executions: number;
  readonly blocks?: number;
  readonly blocksOfAll?: number;
  readonly corpus?: number;
}

/** `npm run fuzz`: a bar, a line for each finding, and one line of figures. @returns the exit code */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string" },
      target: { type: "string", multiple: true },
      seed: { type: "string" },
      quick: { type: "boolean" },
      planted: { type: "boolean" },
      first: { type: "boolean" },
      json: { type: "string" },
      replay: { type: "string" },
    },
  });
  const names = values.target ?? [];
  const targets = TARGETS.filter(({ name }) => names.length === 0 || names.includes(name));
  const scenarios = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
  if (targets.length + scenarios.length < Math.max(1, names.length))
    throw new Error(`Cannot fuzz ${names}: expected\n${USAGE}`);
  if (values.replay !== undefined) return replay(targets, values.replay);
  const seconds = wholeNumber(values.seconds) ?? (values.quick === true ? QUICK_SECONDS : SECONDS);
  const seed = wholeNumber(values.seed) ?? 1;
  if (values.planted === true) return runPlanted(names, values.json);
  const startedAt = performance.now();
  const { figures, findings } = await runAll({
    ...{ targets, scenarios, seconds, seed },
    isFirstEnough: values.first ?? false,
    isQuick: values.quick ?? false,
  });
  const total = (of: (one: Figures) => number | undefined) =>
    figures.reduce((sum, one) => sum + (of(one) ?? 0), 0);
  process.stdout.write(
    `fuzz, seed ${seed}: ${figures.length} targets, ${total((one) => one.executions)} executions, ` +
      `${total((one) => one.blocks)} of ${total((one) => one.blocksOfAll)} blocks, corpus ${total((one) => one.corpus)}, ` +
      `${findings.length === 0 ? "no findings" : `${findings.length} FINDINGS`}; ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`,
  );
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ seed, figures, findings }, null, 2)}\n`);
  return findings.length === 0 ? 0 : 1;
}

async function runAll(asked: Asked) {
  const { targets, scenarios, seconds, seed, isFirstEnough, isQuick } = asked;
  const share = seconds / (targets.length + scenarios.length);
  const progress = openProgress(process.stderr);
  const startedAt = performance.now();
  const figures: (Figures | HttpFigures)[] = [];
  const findings: { target: string; rule: string }[] = [];
  const note = (target: string, rule: string, text: string) => {
    progress.clear();
    process.stdout.write(`FINDING ${target}: ${text}\n`);
    findings.push({ target, rule });
  };
  const show = () => progress.show(Math.min(1, (performance.now() - startedAt) / 1000 / seconds));
  for (const target of targets) {
    const { figures: seen, found } = await runTarget(target, { seed, seconds: share, onProgress: show });
    figures.push(seen);
    if (found === undefined) continue;
    const shown = target.show?.(found.input) ?? JSON.stringify(found.input.toString("utf8"));
    note(
      target.name,
      found.rule,
      `${found.message}\n  the smallest input found: ${shown}\n  ${replayLine(target.name, found.input)}`,
    );
  }
  if (scenarios.length > 0) {
    await withServers(async (servers) => {
      for (const scenario of scenarios) {
        const { figures: seen, found } = await scenario.run(servers, {
          seed,
          seconds: share,
          onProgress: show,
          isFirstEnough,
          isQuick,
        });
        figures.push(seen);
        for (const one of found)
          note(
            scenario.name,
            one.rule,
            `${one.rule}\n  ${one.detail}\n  npm run fuzz -- --target ${scenario.name} --seed ${seed}`,
          );
      }
    });
  }
  progress.clear();
  return { figures, findings };
}

function replay(targets: readonly FuzzTarget[], text: string): number {
  const [target] = targets;
  if (target === undefined || targets.length > 1)
    throw new Error("Cannot replay: expected one --target that reads inputs");
  const seen = look(target, Buffer.from(text, "base64url"));
  process.stdout.write(`${"rule" in seen ? `FINDING ${seen.message}` : `no finding: ${seen.kind}`}\n`);
  return "rule" in seen ? 1 : 0;
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9][0-9]{0,8}$/.test(text))
    throw new Error(`Cannot read ${text}: expected a whole number from 1\n${USAGE}`);
  return Number(text);
}

process.exitCode = await main();
