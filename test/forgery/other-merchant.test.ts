// R15: money that went to somebody else. Goal: a payment to another account, sub-merchant or PG contract pays nothing
// here. Method: payments of a second merchant, of other tiers, and through channels that are not in the table.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { OTHER_MERCHANT } from "../../src/emulator/merchant.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE } from "../support/forgery.ts";
import { assertUnchanged, brokenClauses } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";

const world = await openWorld();
// Its time stands still: the table of channels is read once, however long the tests take.
const live = await openWorld({ mode: "live", clock: new ManualClock(Date.now()) });
const tiered = await openWorld({ env: { IMP_TIER: "AAA" }, payment: { tier: "AAA" } });
after(() => Promise.all([world.close(), live.close(), tiered.close()]));

/** Payments that the gateway does not show to this shop's key: pending, because they may be ours and late. */
const UNSEEN = [
  {
    id: "R15-a",
    what: "another merchant's account",
    server: world,
    fields: { userCode: OTHER_MERCHANT.userCode },
  },
  {
    id: "R15-b",
    what: "another merchant's account on a live server",
    server: live,
    fields: { userCode: OTHER_MERCHANT.userCode },
  },
  { id: "R15-c", what: "a sub-merchant, where none is set", server: world, fields: { tier: "AAA" } },
  { id: "R15-d", what: "another sub-merchant", server: tiered, fields: { tier: "BBB" } },
  { id: "R15-e", what: "the main account, where a sub-merchant is set", server: tiered, fields: {} },
];

describe("POST /payments/complete of a payment to somebody else", () => {
  for (const { id, what, server, fields } of UNSEEN) {
    test(`${id} a payment to ${what} does not pay the order`, async () => {
      const scene = await server.scene();
      const order = await scene.order();
      const before = await scene.stored(order);
      const honestly = { merchant_uid: order, amount: PRICE, sandbox: !server.isLive };
      const payment = server.emulator.pay({ ...honestly, ...fields });
      await scene.expectAnswer("pending", { payment, order });
      await scene.webhook(payment);
      assertUnchanged(before, await scene.stored(order));
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([payment, payment, honest].map((one) => scene.lookLine(one)));
    });
  }

  test("R15-f the tier of every request is the setting's, not the caller's", async () => {
    const scene = await tiered.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { tier: "BBB" });
    const body = { imp_uid: payment.imp_uid, merchant_uid: order };
    const headers = { tier: "BBB", "x-tier": "BBB" };
    const answer = await scene.dojang.request("POST", "/payments/complete?tier=BBB", { body, headers });
    assertOneAnswer(answer, { word: "pending", merchantUid: order });
    await scene.quiet();
    const tiers = tiered.emulator.requests.entries.map((entry) => entry.headers["tier"]);
    assert.deepEqual(new Set(tiers), new Set(["AAA"]));
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R15-g a body that names a tier or a merchant is refused", async () => {
    const scene = await tiered.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { tier: "BBB" });
    for (const field of ["tier", "Tier", "user_code", "imp_key"]) {
      const body = { imp_uid: payment.imp_uid, merchant_uid: order, [field]: "BBB" };
      const answer = await scene.dojang.request("POST", "/payments/complete", { body });
      assertOneAnswer(answer, { word: "invalidRequest" });
    }
    await scene.expectStored(order, { status: "pending" });
    await scene.expectNothingElse([]);
  });
});

/** Pairs that are not in the merchant's own table, most of them one step beside a row of it. */
const CHANNELS: readonly { id: string; what: string; fields: NewPayment }[] = [
  { id: "R15-h", what: "a foreign MID of a listed provider", fields: { pg_id: "MOIattack1" } },
  { id: "R15-i", what: "the MID of another listed provider", fields: { pg_id: "CA0LIVE001" } },
  { id: "R15-j", what: "a listed MID under another provider", fields: { pg_provider: "kakaopay" } },
  { id: "R15-k", what: "a listed MID in other letters", fields: { pg_id: "moilive0001" } },
  { id: "R15-l", what: "a listed MID with a space", fields: { pg_id: "MOIlive0001 " } },
  { id: "R15-m", what: "a test MID that claims to be live", fields: { pg_id: "INIpayTest" } },
  { id: "R15-n", what: "no MID", fields: { raw: { pg_id: "null" } } },
  { id: "R15-o", what: "no provider", fields: { omit: ["pg_provider"] } },
  { id: "R15-p", what: "neither", fields: { omit: ["pg_provider", "pg_id"] } },
  {
    id: "R15-q",
    what: "provider and MID in one field",
    fields: { pg_provider: "html5_inicis:MOIlive0001", pg_id: "" },
  },
];

describe("POST /payments/complete through a channel that is not the merchant's", () => {
  for (const { id, what, fields } of CHANNELS) {
    test(`${id} ${what} does not pay the order on a live server`, async () => {
      const scene = await live.scene();
      const order = await scene.order();
      const payment = scene.pay(order, fields);
      await scene.expectAnswer("forgery", { payment, order });
      const stored = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        discrepancies: ["channel_mismatch"],
        events: ["order.registered", "payment.rejected", "discrepancy.opened"],
      });
      assert.deepEqual(brokenClauses(stored, payment), ["channel"]);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }
});
