import { OFF_THE_WIRE } from "../attacks/run-attacks.ts";
import { CLASSES, type ClassId } from "./classes.ts";
import type { ClassReport, Report } from "./report.ts";

/** The report as Markdown, and nothing that is not in it. */
export function renderReport(report: Report): string {
  const { day, node, flows, mutations } = report;
  const { turns } = flows;
  return `# Forgery report

\`npm run forgery\` of ${day}, Node.js ${node}. It runs every test that carries the number of a class, the same attacks by the wire
against Dojang and against the guide's own way, generated flows, and every change of one field of a gateway answer.
\`report.json\` beside this file holds the same, with every variant.

${summaryOf(report)}

## Every class

Variants are tests by name (\`R10-a\`); several tests may share one. "Dojang" and "the guide's way" are what the attacks below found:
open as soon as one of a class got through.

| class | what | variants | green | red | skipped | where | Dojang | the guide's way |
|---|---|---|---|---|---|---|---|---|
${entriesOf(report).map(classRow).join("\n")}

## The same attacks, by the wire

One server after the other, each before a gateway of its own: orders are put in, paid at the gateway, told of, and read as the shop reads
them. The guide's way is its published code with a Map for its database (\`bench/guide-way\`), and nothing that the guide leaves to the
merchant. It says that results must come from webhooks, and has no code for them: where only a notice or a look could bring the result,
it is lost.

| class | attack | Dojang | the guide's way | what was seen there |
|---|---|---|---|---|
${entriesOf(report).flatMap(attackRows).join("\n")}

Not attacked by the wire:

${Object.entries(OFF_THE_WIRE)
  .map(([of, why]) => `- ${of}: ${why}.`)
  .join("\n")}

## Generated flows

${flows.flows} flows by seed, each of two buyers with an order and a payment of their own, through nine steps (register, open the window,
confirm, approve, webhook, complete, redirect, verify, ship): ${flows.steps} steps with ${turns.skip} skips, ${turns.repeat} repeats,
${turns.reorder} reorderings and ${turns.cross} cross-overs. An oracle that knows the gateway's money alone said what each step
may be answered. In the end ${flows.paidOrders} of ${flows.orders} orders were paid, ${flows.discrepancies} discrepancies were open, and ${flows.events} events
of both had been told. Flows that went otherwise: ${flows.faults}.

## Changed answers

${mutations.cases} answers of the gateway, each with one field removed, null, of another type, of another value, or twice. Answered as a table that was
read from the documents says: ${Object.entries(mutations.answers)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, count]) => `${count} ${word}`)
    .join(", ")}. Answered otherwise: ${mutations.faults}.
`;
}

/** One line with every figure. */
export function summaryOf(report: Report): string {
  const all = entriesOf(report).map(([, one]) => one);
  const { flows, mutations } = report;
  const count = (who: "dojang" | "guide", verdict: string) =>
    all.filter((one) => one[who] === verdict).length;
  const files = all.flatMap(({ tests }) => tests);
  const sum = (of: "green" | "red" | "skipped") => files.reduce((total, file) => total + file[of], 0);
  const variants = new Set(files.flatMap((file) => file.variants)).size;
  return (
    `${all.length} classes, ${variants} variants: ${sum("green")} green, ${sum("red")} red, ${sum("skipped")} skipped; ` +
    `by the wire Dojang is open on ${count("dojang", "open")}, the guide's way on ${count("guide", "open")} of ` +
    `${all.filter(({ guide }) => guide === "open" || guide === "closed").length}; ` +
    `${flows.flows} flows, ${flows.faults} wrong; ${mutations.cases} changed answers, ${mutations.faults} wrong.`
  );
}

function entriesOf({ classes }: Report): Array<[ClassId, ClassReport]> {
  return Object.entries(classes) as Array<[ClassId, ClassReport]>;
}

function classRow([of, { tests, dojang, guide }]: [ClassId, ClassReport]): string {
  const sum = (name: "green" | "red" | "skipped") => tests.reduce((total, file) => total + file[name], 0);
  const variants = new Set(tests.flatMap((file) => file.variants)).size;
  const where = tests.map(({ file }) => file.replace(/^test\//, "").replace(/\.test\.ts$/, "")).join(", ");
  const cells = [of, CLASSES[of], variants, sum("green"), sum("red"), sum("skipped"), where, dojang, guide];
  return `| ${cells.join(" | ")} |`;
}

function attackRows([of, { attacks }]: [ClassId, ClassReport]): string[] {
  return attacks.map(
    ({ what, dojang, guide }) => `| ${of} | ${what} | ${dojang.verdict} | ${guide.verdict} | ${guide.seen} |`,
  );
}
