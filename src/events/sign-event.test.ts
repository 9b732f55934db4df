import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signEvent } from "./sign-event.ts";

const secret = (base64: string) => Buffer.from(base64, "base64");

describe("signEvent()", () => {
  test("signEvent() makes the signature of the Standard Webhooks test vector", () => {
    // Source: standard-webhooks, libraries/javascript, "sign function works".
    const headers = signEvent(
      {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        body: '{"test": 2432232314}',
        sentAt: 1_614_265_330_999,
      },
      [secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
    );
    assert.deepEqual(headers, {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  test("signEvent() signs once for each live secret, in their order", () => {
    const event = { id: "evt_1", body: "{}", sentAt: 0 };
    const keys = [secret("a".repeat(32)), secret("b".repeat(32))];
    const both = signEvent(event, keys)["webhook-signature"];
    const each = keys.map((key) => signEvent(event, [key])["webhook-signature"]);
    assert.equal(both, each.join(" "));
    assert.notEqual(each[0], each[1]);
  });
});
