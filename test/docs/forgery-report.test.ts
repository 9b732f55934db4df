// Goal: docs/forgery-report says what the tests of today are. Method: each class of the list is in it, each variant that it names is still
// in the file that it names, and the page is what the figures render to.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CLASSES } from "../forgery/report/classes.ts";
import { renderReport } from "../forgery/report/render-report.ts";
import type { Report } from "../forgery/report/report.ts";

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(pathOf(path), "utf8");
const report: Report = JSON.parse(read("docs/forgery-report/report.json"));
const classes = Object.entries(report.classes);

/** Whether the file still names this variant: in full, or as an id that it puts a number of its own behind. */
function isNamedIn(text: string, variant: string): boolean {
  const stem = variant.replace(/[0-9]+$/, "");
  return text.includes(variant) || text.includes(`${stem}\${`) || text.includes(`"${stem}"`);
}

describe("docs/forgery-report", () => {
  test("has every class, each with a variant", () => {
    assert.deepEqual(
      classes.map(([of]) => of),
      Object.keys(CLASSES),
    );
    const empty = classes.filter(([, { tests }]) => tests.every(({ variants }) => variants.length === 0));
    assert.deepEqual(empty, []);
  });

  test("names no test that is gone", () => {
    const files = classes.flatMap(([, { tests }]) => tests);
    assert.ok(files.length > 100, `only ${files.length} are named`);
    const gone = files.flatMap(({ file, variants }) => {
      if (!existsSync(pathOf(file))) return [file];
      const text = read(file);
      return variants.filter((variant) => !isNamedIn(text, variant)).map((variant) => `${file}: ${variant}`);
    });
    assert.deepEqual(gone, []);
  });

  test("is of a run in which nothing of Dojang's was red or open", () => {
    assert.deepEqual(report.red, []);
    assert.equal(report.flows.faults + report.mutations.faults, 0);
    assert.deepEqual(
      classes.filter(([, { dojang }]) => dojang === "open"),
      [],
    );
  });

  test("is written from report.json", () => {
    assert.equal(read("docs/forgery-report/README.md"), renderReport(report));
  });
});
