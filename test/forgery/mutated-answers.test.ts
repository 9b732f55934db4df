// R42: an answer with one field that is not as it was. Goal: a payment is accepted only where a second reading of the rule says so.
// Method: every field of six kinds of answer, removed, null, of another type, of another value and twice; the table of
// mutations/expected-answer.ts says what the page must hear. Here the fields that tell most; `npm run forgery` runs them all.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runMutations } from "./mutations/run-mutations.ts";

describe("POST /payments/complete with a changed answer", () => {
  test("R42-n one field of the answer is changed: accepted only where the table says so", async () => {
    const { cases, answers, faults } = await runMutations({ isWhole: false });
    assert.deepEqual(faults, []);
    assert.ok(cases > 250, `only ${cases} changes were made`);
    for (const word of ["success", "vbankIssued", "pending", "forgery", "closed"])
      assert.ok((answers[word] ?? 0) > 0, `no change came to ${word}`);
  });
});
