import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ERRORS } from "../../src/errors.ts";

test("docs/errors.md lists every error code with its status, retry rule and title, and no other", () => {
  const text = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
  const written = [...text.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (safe|read_first|never) \| (.+) \|$/gm)];
  const inDocs = Object.fromEntries(
    written.map(([, code = "", status, retry, title]) => [code, { status: Number(status), retry, title }]),
  );
  assert.deepEqual(inDocs, ERRORS);
});
