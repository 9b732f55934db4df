import fc from "fast-check";
import { csvLines, csvText } from "../../../src/http/csv.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

/**
 * What a spreadsheet may take for a formula. Source: OWASP ASVS 5.0, 1.2.10 (with the null character); a Korean or Japanese one takes the
 * full-width signs as well.
 */
const DANGEROUS = new Set(["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"]);

/** `csvText`: what is written is read back by RFC 4180, and no text of it runs as a formula. Cells stand between U+001F, rows between U+001E. */
export const csv: FuzzTarget = {
  name: "csv",
  sources: ["/src/http/csv.ts"],
  seeds: [
    "a\u001fb\u001ec\u001f",
    "=1+1\u001f-5\u001f@x",
    'say "hi"\u001fa,b\u001f\r\n',
    "#12\u001f#-3.5\u001f#0",
  ],
  dictionary: [
    "\u001f",
    "\u001e",
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r\n",
    '"',
    '""',
    ",",
    ";",
    "＝",
    "'",
    "#-1",
    "\uFEFF",
  ],
  grammar: fc
    .array(
      fc.array(fc.string(), { minLength: 1 }).map((cells) => cells.join("\u001f")),
      { minLength: 1 },
    )
    .map((rows) => rows.join("\u001e")),
  run(input) {
    const rows = input
      .toString("utf8")
      .split("\u001e")
      .map((row) => row.split("\u001f").map(cellOf));
    const written = csvText(rows);
    expect(written.startsWith("\uFEFF"), "csvText() has no byte order mark");
    expect(written.slice(1) === csvLines(rows), "csvLines() writes another table");
    const again = readCsv(written.slice(1));
    expect(again.length === rows.length, "csvText() is read as other rows", () => written);
    for (const [at, row] of rows.entries()) checkRow(row, again[at] ?? [], written);
    return `${rows.some((row) => row.some((cell) => typeof cell === "number"))} ${written.includes('"')} ${written.includes("'")}`;
  },
};

type Cell = string | number | null;

/** `#` and a number is one; nothing at all is null. */
function cellOf(text: string): Cell {
  const number = /^#(-?[0-9]{1,15}(?:\.[0-9]{1,3})?)$/.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  return text === "" ? null : text;
}

function checkRow(row: readonly Cell[], again: readonly string[], written: string): void {
  expect(again.length === row.length, "csvText() is read as other cells", () => written);
  for (const [at, cell] of row.entries()) {
    const seen = again[at] ?? "";
    if (typeof cell === "number") {
      expect(seen === String(cell) && /^-?[0-9.]+$/.test(seen), "csvText() writes another number", () => [
        cell,
        seen,
      ]);
      continue;
    }
    const text = cell ?? "";
    const isDangerous = DANGEROUS.has([...text][0] ?? "");
    expect(
      seen === (isDangerous ? `'${text}` : text),
      "csvText() writes another text, or one that runs as a formula",
      () => [text, seen],
    );
  }
}

/** RFC 4180 by hand. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, isQuoted]: [string[], string, boolean] = [[], "", false];
  for (let at = 0; at < text.length; at++) {
    const one = text[at] ?? "";
    if (isQuoted && one === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (one === '"' && (isQuoted || cell === "")) isQuoted = !isQuoted;
    else if (!isQuoted && one === ",") {
      row.push(cell);
      cell = "";
    } else if (!isQuoted && one === "\r" && text[at + 1] === "\n") {
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
      at += 1;
    } else cell += one;
  }
  return rows;
}
