import { parseArgs } from "node:util";
import { runHistory } from "./run-history.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    keep: { type: "boolean", default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const sums: Record<string, number> = {};
const red: number[] = [];
const startedAt = Date.now();
for (let seed = from; seed < from + seeds; seed++) {
  const { fault, counts, alarms } = await runHistory(seed);
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  for (const [alarm, count] of alarms) sums[alarm] = (sums[alarm] ?? 0) + count;
  if (fault === undefined) continue;
  red.push(seed);
  process.stdout.write(`${fault}\n\n`);
  if (!values.keep && red.length >= 1) break;
}
const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
const figures = Object.entries(sums).map(([name, sum]) => `${sum} ${name}`);
process.stdout.write(
  `${seeds} seeds from ${from}: ${red.length === 0 ? "green" : `RED ${red.join(" ")}`}, ${figures.join(", ")} in ${seconds} s\n`,
);
process.exitCode = red.length === 0 ? 0 : 1;
