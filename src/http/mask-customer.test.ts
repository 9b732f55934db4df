import assert from "node:assert/strict";
import { test } from "node:test";
import { maskCustomer } from "./mask-customer.ts";

test("maskCustomer() leaves enough to know one's own by", () => {
  assert.deepEqual(
    maskCustomer({ id: "c-1", name: "홍길동", email: "hong@example.com", tel: "010-1234-5678" }),
    {
      name: "홍**",
      email: "h**@e**",
      tel: "**5678",
    },
  );
});

test("maskCustomer() says nothing of a length, and nothing of what is not there", () => {
  assert.equal(maskCustomer({ name: "김" })?.name, "김**");
  assert.equal(maskCustomer({ name: "👩‍👧 Kim" })?.name, "👩‍👧**");
  assert.deepEqual(maskCustomer({ tel: "+82 10 1234 5678" }), { name: null, email: null, tel: "**5678" });
  assert.equal(maskCustomer({ id: "c-1" }), undefined);
});
