import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accountOf, DAY_MS, END_OF_PAY_BY_DAY, PAY_BY } from "../../test/support/domain.ts";
import { isDueInTime, paymentDeadline } from "./deadline.ts";

describe("paymentDeadline() and isDueInTime()", () => {
  const rows: readonly (readonly [
    name: string,
    dueAt: number | undefined,
    isInTime: boolean,
    deadline: number,
  ])[] = [
    ["without a due date", undefined, true, PAY_BY],
    ["due a day before pay_by", PAY_BY - DAY_MS, true, PAY_BY],
    ["due at pay_by", PAY_BY, true, PAY_BY],
    ["due 1 ms after pay_by", PAY_BY + 1, true, PAY_BY + 1],
    ["due at the end of pay_by's day in Korea", END_OF_PAY_BY_DAY, true, END_OF_PAY_BY_DAY],
    ["due on the next day", END_OF_PAY_BY_DAY + 1, false, PAY_BY],
  ];
  for (const [name, dueAt, isInTime, deadline] of rows) {
    test(`isDueInTime() says ${isInTime} of an account ${name}`, () => {
      assert.equal(isDueInTime({ payBy: PAY_BY }, accountOf({ dueAt })), isInTime);
    });
    test(`paymentDeadline() is ${new Date(deadline).toISOString()} for an account ${name}`, () => {
      assert.equal(paymentDeadline({ payBy: PAY_BY }, accountOf({ dueAt })), deadline);
    });
  }

  test("paymentDeadline() is pay_by where there is no account", () => {
    assert.equal(paymentDeadline({ payBy: PAY_BY }, undefined), PAY_BY);
  });
});
