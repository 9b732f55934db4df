import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describeMachine, machineText } from "../../bench/machine.ts";
import type { EngineName } from "./labels.ts";
import type { Options } from "./options.ts";
import type { Tally } from "./tally.ts";

interface Proof {
  readonly tally: Tally;
  readonly findings: readonly string[];
  readonly options: Options;
}

/** What a long run did and found, for machines and for people. */
export function writeProof(path: string, { tally, findings, options }: Proof): void {
  const machine = describeMachine(new Date());
  const { rounds, kills, requests, answered, strikes, seconds } = tally;
  const figures = {
    rounds,
    kills,
    requests,
    answered,
    findings: findings.length,
    seconds: Math.round(seconds),
  };
  mkdirSync(dirname(path), { recursive: true });
  const { seed, engines, faults } = options;
  const json = { machine, seed, engines, faults, ...figures, strikes, found: findings };
  writeFileSync(`${path}.json`, `${JSON.stringify(json, null, 2)}\n`);
  writeFileSync(
    `${path}.md`,
    `${HEAD}
${machineText(machine)}, commit ${machine.commit}, seed ${seed}.

| rounds | kills | requests | answered | findings | seconds |
|---|---|---|---|---|---|
| ${Object.values(figures).join(" | ")} |

${options.engines.map((engine) => table(engine, strikes[engine])).join("\n")}
${findings.map((finding) => `- ${finding}\n`).join("")}`,
  );
}

const HEAD = `# Torture

Written by \`npm run torture -- --proof docs/proof/torture\`; what it does stands in [guarantees](../guarantees.md).
`;

const NAMES: Readonly<Record<EngineName, string>> = { sqlite: "SQLite", postgres: "PostgreSQL" };

function table(engine: EngineName, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const lines = rows.map(([name, count]) => `| ${name} | ${count} |`);
  return `| ${NAMES[engine]}: fault, or label of the kill | times |\n|---|---|\n${lines.join("\n")}\n`;
}
