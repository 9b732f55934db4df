import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");

test("docs/operations.md lists every setting that src/config.ts and its parts read", () => {
  const source = globSync("src/*config.ts", { cwd: ROOT }).map(read).join("");
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
