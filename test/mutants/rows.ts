import { readFileSync } from "node:fs";

/** What Stryker says of one mutant, as far as it is read here. */
export interface Result {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Survivor {
  readonly line: number;
  /** The mutant by its words: stays the same when lines move. */
  readonly mutant: string;
}

export interface Argued {
  readonly file: string;
  readonly mutant: string;
  /** Why no test can tell it from the source. */
  readonly why: string;
}

/** One mutated file. */
export interface Row {
  readonly file: string;
  readonly mutants: number;
  readonly killed: number;
  /** Words of our own assertions: no caller can come by them. */
  readonly ignored: number;
  readonly argued: readonly Survivor[];
  readonly survived: readonly Survivor[];
}

export interface Rows {
  readonly rows: readonly Row[];
  /** Entries of argued.json that no survivor needs. */
  readonly stale: readonly Argued[];
}

const ASSERTION_TEXT = /Invariant violated/;

/** Sorts Stryker's results by file, and survivors by whether they were argued. Paths are relative to the repository. */
export function rowsOf(results: readonly Result[], argued: readonly Argued[]): Rows {
  const files = [...new Set(results.map(({ fileName }) => fileName))].sort();
  const needed = new Set<Argued>();
  const rows = files.map((file): Row => {
    const named = withNames(
      file,
      results.filter(({ fileName }) => fileName === file),
    );
    const alive = named.filter(({ status }) => status !== "Killed" && status !== "Timeout");
    const isIgnored = ({ mutatorName, text }: Named) =>
      mutatorName === "StringLiteral" && ASSERTION_TEXT.test(text);
    const entryOf = ({ mutant }: Survivor) =>
      argued.find((entry) => entry.file === file && entry.mutant === mutant);
    const counted = alive.filter((one) => !isIgnored(one)).map(({ line, mutant }) => ({ line, mutant }));
    for (const one of counted) {
      const entry = entryOf(one);
      if (entry !== undefined) needed.add(entry);
    }
    return {
      file,
      mutants: named.length,
      killed: named.length - alive.length,
      ignored: alive.length - counted.length,
      argued: counted.filter((one) => entryOf(one) !== undefined),
      survived: counted.filter((one) => entryOf(one) === undefined),
    };
  });
  return { rows, stale: argued.filter((entry) => files.includes(entry.file) && !needed.has(entry)) };
}

interface Named extends Survivor {
  readonly status: string;
  readonly mutatorName: string;
  readonly text: string;
}

/** Equal mutants of a file are numbered from the second on. */
function withNames(file: string, results: readonly Result[]): readonly Named[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const seen = new Map<string, number>();
  const inOrder = results.toSorted(
    ({ location: { start: one, end: oneEnd } }, { location: { start: other, end: otherEnd } }) =>
      one.line - other.line ||
      one.column - other.column ||
      oneEnd.line - otherEnd.line ||
      oneEnd.column - otherEnd.column,
  );
  return inOrder.map(({ location: { start, end }, mutatorName, replacement = "", status }) => {
    const text = lines
      .slice(start.line - 1, end.line)
      .join("\n")
      .slice(start.column - 1);
    const behind = (lines[end.line - 1]?.length ?? 0) - end.column + 1;
    const original = oneLine(text.slice(0, text.length - behind));
    const name = `${mutatorName}: ${original} -> ${oneLine(replacement)}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return {
      line: start.line,
      mutant: count === 1 ? name : `${name} #${count}`,
      status,
      mutatorName,
      text: lines[start.line - 1] ?? "",
    };
  });
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim().slice(0, 200);

export function summaryOf(rows: readonly Row[]): string {
  const sum = (count: (row: Row) => number) => rows.reduce((all, row) => all + count(row), 0);
  const counts = [
    [sum(({ mutants }) => mutants), "mutants"],
    [sum(({ killed }) => killed), "killed"],
    [sum(({ survived }) => survived.length), "survived"],
    [sum(({ argued }) => argued.length), "argued"],
    [sum(({ ignored }) => ignored), "ignored (words of assertions)"],
  ];
  return `${rows.length} files: ${counts.map(([count, what]) => `${count} ${what}`).join(", ")}`;
}
