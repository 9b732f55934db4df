import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { csvText } from "./csv.ts";

test("csvText() quotes as RFC 4180 does, and begins with the mark that Excel needs", () => {
  assert.equal(
    csvText([
      ["a", 'b"c', "d,e", "f\r\ng"],
      ["", null, 0, -1.5],
    ]),
    '\uFEFFa,"b""c","d,e","f\r\ng"\r\n,,0,-1.5\r\n',
  );
});

test("csvText() puts a ' before every text that would run as a formula, and before no number", () => {
  const halfWidth = [
    "=1+1",
    "+82",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "\0=1",
    '=HYPERLINK("http://a","b")',
  ];
  for (const text of [...halfWidth, "＝1+1", "＋82", "－1", "＠SUM(A1)"])
    assert.match(csvText([[text]]), /^\uFEFF"?'/, text);
  assert.equal(csvText([[-1, "card", "'x"]]), "\uFEFF-1,card,'x\r\n");
});

test("csvText() puts a ' before the full-width signs that a Korean spreadsheet reads as the narrow ones, and before a null", () => {
  for (const text of ["＝1+1", "＋82", "－1", "＠SUM(A1)", "\0=1"])
    assert.match(csvText([[text]]), /^\uFEFF'/, text);
});

test("csvText() gives no text a cell that begins like a formula", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 8 }), (text) => {
      const cell = csvText([[text]]).slice(1, -2);
      const shown = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      assert.doesNotMatch(shown, /^[=+\-@\t\r\n\0＝＋－＠]/);
      assert.equal(
        shown.replace(/^'(?=[=+\-@\t\r\n\0＝＋－＠])/, ""),
        text.replace(/^'(?=[=+\-@\t\r\n\0＝＋－＠])/, ""),
      );
    }),
    { seed: 20_261_123 },
  );
});
