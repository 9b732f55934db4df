import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refundId } from "../../test/support/domain.ts";
import { cancelsLater, REFUND_ID } from "./refund.ts";

describe("cancelsLater()", () => {
  for (const [pgProvider, isLater] of [
    ["paypal", true],
    ["paypal_v2", true],
    ["smartro_v2", true],
    ["tosspayments", false],
    ["html5_inicis", false],
    ["my_paypal", false],
    [undefined, false],
  ] as const) {
    test(`cancelsLater() says ${isLater} of ${pgProvider}`, () => {
      assert.equal(cancelsLater(pgProvider), isLater);
    });
  }
});

describe("REFUND_ID", () => {
  test("REFUND_ID finds an id in a text, and none in a longer number", () => {
    const id = refundId(1);
    for (const text of [id, `${id} the buyer sent it back`, `refund_unclear:${id}`, `${id}, ${refundId(2)}`])
      assert.equal(REFUND_ID.exec(text)?.[0], id);
    for (const text of ["", id.slice(0, -1), `${id}0`, id.replace("rfd_", "rfd")])
      assert.equal(REFUND_ID.exec(text), null);
  });
});
