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
${findings.map((finding) => `- ${finding.split("\n")[0]}\n`).join("")}`,
  );
}

const HEAD = `# Torture

Written by \`npm run torture -- --proof docs/proof/torture\`. The real server in live mode, on SQLite as \`start\`, on PostgreSQL as
\`serve\`, \`start\` and \`worker\` on one database, under load of registrations, completes, webhooks, cancels, refunds and reads. The
gateway and the shop outlive it and remember. A module that is preloaded into the server (\`test/torture/inside\`) wraps what Node.js and
the drivers offer, so the product has no hook for it. After each round, once nothing moves:

- every answer is still true: registered, paid, cancelled, refund accepted, webhook 200; read again, and asked for again by its key;
- every payment that was captured is applied or shown to an operator, none twice; no refund is carried out twice or without a wish;
- the shop heard of every event, at least once, under one id, in order; no process ended a task that it did not hold any more;
- \`dojang db check\` finds nothing, \`/readyz\` is 200, no 5xx but 503 was answered, and no server wrote of a fault of its own.

A database lives for 16 rounds; then 75 minutes pass on all clocks, all that waits must end, and \`audit verify\` and \`db check\` run as
commands. "start" are kills of a process that was just starting; "missed" are kills at another moment, since the label was not passed
in time. \`kill -9\` keeps what the system was given: a sync that is left out is not seen here, but by \`test/storage/sqlite/sync.test.ts\`.
\`npm run torture -- --planted\` plants eight bugs, and fails when one of the seven that kills can show is not found.
`;

const NAMES: Readonly<Record<EngineName, string>> = { sqlite: "SQLite", postgres: "PostgreSQL" };

function table(engine: EngineName, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const lines = rows.map(([name, count]) => `| ${name} | ${count} |`);
  return `| ${NAMES[engine]}: fault, or label of the kill | times |\n|---|---|\n${lines.join("\n")}\n`;
}
