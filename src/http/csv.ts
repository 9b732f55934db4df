/**
 * A spreadsheet runs a cell that begins so as a formula; one for Korean or Japanese takes the full-width signs as well. Source: OWASP, CSV
 * Injection, and ASVS 5.0, 1.2.10, which adds the null.
 */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n\0]/;
const QUOTED = /[",\r\n]/;
/** Without it Excel reads the file in the code page of the machine, and Korean words come out broken. */
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * A table as CSV (RFC 4180), safe to open in a spreadsheet. A text that would run as a formula gets a ' in front; a number
 * is a number, a negative one too, because nothing but digits can follow its sign. Null is an empty cell.
 */
export function csvText(rows: CsvRows): string {
  return BYTE_ORDER_MARK + csvLines(rows);
}

type CsvRows = readonly (readonly (string | number | null)[])[];

/** More lines of a table whose beginning `csvText` wrote. */
export function csvLines(rows: CsvRows): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(cell: string | number | null): string {
  if (typeof cell === "number") return String(cell);
  const text = cell ?? "";
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
