import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** What must be the same in every language: the shape of the sections, each command and example, and each place that is linked to. */
function skeleton(path: string) {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/^```[\s\S]*?^```/gm)].map(([block]) => block);
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, "<example>");
  return {
    blocks,
    headings: [...prose.matchAll(/^(#+) |^<example>$/gm)].map(([, level = "example"]) => level),
    // Each names the other.
    links: [...prose.matchAll(/\]\((?!README)([^)]+)\)/g)].map(([, target]) => target),
    names: [...prose.matchAll(/`([^`]+)`/g)].map(([, name]) => name).toSorted(),
    points: prose.match(/^- /gm)?.length,
  };
}

test("README.ko.md has the headings, commands, links and names of README.md", () => {
  const english = skeleton("README.md");
  assert.ok(english.blocks.length > 0 && english.links.length > 0);
  assert.deepEqual(skeleton("README.ko.md"), english);
});
