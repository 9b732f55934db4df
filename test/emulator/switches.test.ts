import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { DEFAULT_SWITCHES, SWITCH_VALUES } from "../../src/emulator/switches.ts";

const DOCS = readFileSync(new URL("../../docs/emulator.md", import.meta.url), "utf8");

describe("switches", () => {
  test("docs/emulator.md lists every switch with its default", () => {
    const section = DOCS.split("## Switches")[1]?.split("## Levers")[0] ?? "";
    const listed = [...section.matchAll(/^\| `(\w+)` \| (\S.*?) \|/gm)].map(([, name, value]) => [
      name,
      value,
    ]);
    const expected = Object.entries(DEFAULT_SWITCHES).map(([name, value]) => {
      if (value === "") return [name, "(empty)"];
      return [name, /[가-힣]/.test(String(value)) ? "(Korean text)" : `\`${value}\``];
    });
    assert.deepEqual(listed, expected);
  });

  test("SWITCH_VALUES says for every switch what it may be, its default included", () => {
    assert.deepEqual(Object.keys(SWITCH_VALUES), Object.keys(DEFAULT_SWITCHES));
    for (const [name, value] of Object.entries(DEFAULT_SWITCHES)) {
      const allowed = SWITCH_VALUES[name as keyof typeof SWITCH_VALUES] as {
        enum?: unknown[];
        type?: string;
      };
      assert.ok(allowed.enum?.includes(value) ?? typeof value === allowed.type, name);
    }
  });
});
