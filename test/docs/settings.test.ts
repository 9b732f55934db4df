import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("docs/operations.md lists every setting that src/config.ts and src/events-config.ts read", () => {
  const source = read("src/config.ts") + read("src/events-config.ts");
  const settings = new Set(
    source.match(/(?<=")(?:DOJANG|IMP|SOLAPI)_[A-Z_]+(?=")|(?<=")(?:HOST|PORT|DATABASE_URL)(?=")/g),
  );
  const docs = read("docs/operations.md");
  assert.ok(settings.size > 20, `only ${settings.size} settings were found`);
  assert.deepEqual(
    [...settings].filter((name) => !docs.includes(`\`${name}\``) && !docs.includes(`\`${name}=`)),
    [],
  );
});
