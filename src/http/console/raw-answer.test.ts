import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rawFields } from "./raw-answer.ts";

const shown = (response: object) =>
  rawFields(JSON.stringify({ code: 0, response }), { isWhole: false })
    .filter(({ masked }) => !masked)
    .map(({ name, value }) => `${name}=${value}`);

describe("rawFields()", () => {
  test("shows what says nothing of a person, in the lists that are known too", () => {
    const cancelled = { amount: 100, reason: "changed his mind", cancelled_at: 1 };
    assert.deepEqual(
      shown({ amount: 1000.0, buyer_name: "홍길동", cancel_history: [cancelled, cancelled] }),
      [
        "amount=1000",
        "cancel_history.1.amount=100",
        "cancel_history.1.cancelled_at=1",
        "cancel_history.2.amount=100",
        "cancel_history.2.cancelled_at=1",
      ],
    );
  });

  test("shows nothing inside of what i'mport may add one day, whatever it is called", () => {
    const person = { name: "홍길동", status: "married", channel: "010-1234-5678" };
    assert.deepEqual(shown({ buyer: person, name: person, buyers: [person], status: [["홍길동"]] }), []);
  });

  test("shows all of it, when all of it is asked for", () => {
    const fields = rawFields('{"code":0,"response":{"buyer":{"name":"홍길동"}}}', { isWhole: true });
    assert.deepEqual(fields, [{ name: "buyer.name", value: "홍길동", masked: false }]);
  });
});
