// Goal: whoever follows a comment into the documents finds the place. Method: read the citations of all
// source files as text, comments that run over several lines included, and look each one up.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { DEFAULT_SWITCHES } from "../../src/emulator/switches.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const GATEWAY = read("docs/iamport-v1.md");

/** Every source file with its comments joined to one line each. */
const sources = globSync(["src/**/*.{ts,js}", "test/**/*.ts", "bench/**/*.ts"], { cwd: ROOT }).map(
  (path) => ({
    path,
    text: read(path).replace(/\n\s*(?:\*|\/\/) /g, " "),
  }),
);

/** `docs/iamport-v1.md 4.1, 5 and 9` is three citations. */
function cited(text: string): string[] {
  const lists = text.matchAll(/docs\/iamport-v1\.md (\d+(?:\.\d+)?(?:(?:, | and )\d+(?:\.\d+)?)*)/g);
  return [...lists].flatMap((match) => match[1]?.split(/, | and /) ?? []);
}

describe("citations", () => {
  test("docs/iamport-v1.md has every section that the code cites", () => {
    const sections = new Set(
      [...GATEWAY.matchAll(/^(?:#{2,3}|\|) (\d+(?:\.\d+)?)(?:\.? |$)/gm)].map((match) => match[1]),
    );
    const citations = sources.flatMap(({ path, text }) => cited(text).map((number) => ({ path, number })));
    assert.ok(citations.length > 40, `only ${citations.length} citations were found`);
    assert.deepEqual(
      citations.filter(({ number }) => !sections.has(number)),
      [],
    );
  });

  test("docs/iamport-v1.md 16 names every switch, and every open mark leads there", () => {
    const open = GATEWAY.slice(GATEWAY.indexOf("\n## 16."));
    assert.deepEqual(
      Object.keys(DEFAULT_SWITCHES).filter((name) => !open.includes(`\`${name}\``)),
      [],
    );
    const marks = [...GATEWAY.matchAll(/`\[open (16\.\d+)\]`/g)].map((match) => match[1]);
    assert.ok(marks.length > 10, `only ${marks.length} marks were found`);
    assert.deepEqual(
      marks.filter((mark) => !open.includes(`\n| ${mark} |`)),
      [],
    );
  });

  test("every document that the code names is there", () => {
    const named = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map((match) => ({ path, document: match[0] })),
    );
    assert.deepEqual(
      named.filter(({ document }) => !existsSync(new URL(document, ROOT))),
      [],
    );
  });
});
