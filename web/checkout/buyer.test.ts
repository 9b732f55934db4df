import assert from "node:assert/strict";
import { test } from "node:test";
import { wrongFields } from "./buyer.ts";

const GOOD = { name: "홍길동", tel: "010-1234-5678", email: "" };

test("wrongFields() lets through what i'mport takes", () => {
  for (const more of [
    {},
    { tel: "+82 10 1234 5678" },
    { tel: "01012345678" },
    { email: "hong@example.com" },
    { name: "가".repeat(16) },
  ])
    assert.deepEqual(wrongFields({ ...GOOD, ...more }), [], JSON.stringify(more));
});

test("wrongFields() names what it does not, in the order in which it stands", () => {
  assert.deepEqual(wrongFields({ name: " ", tel: "", email: "x" }), ["name", "tel", "email"]);
  for (const [field, text] of [
    ["name", "가".repeat(17)],
    ["tel", "공일공"],
    ["tel", "010-1234-5678-9012"],
    ["email", "hong@"],
    ["email", `${"a".repeat(60)}@b.kr`],
  ] as const)
    assert.deepEqual(wrongFields({ ...GOOD, [field]: text }), [field], text);
});
