import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  accountOf,
  aggregateOf,
  END_OF_PAY_BY_DAY,
  issuedOf,
  isWriting,
  lookedAt,
  MINUTE_MS,
  money,
  NOW,
  orderOf,
  PAY_BY,
  paymentOf,
  policyOf,
  SECOND_MS,
  seenAmount,
  snapshotOf,
} from "../../test/support/domain.ts";
import { openShop } from "../../test/support/ledger.ts";
import { decideCompletion } from "./decide-completion.ts";

const SUCCESS = { kind: "success" } as const;
const withTel = orderOf({ customer: { tel: "010-0000-0000" } });

describe("decideCompletion() on a virtual account", () => {
  test("decideCompletion() notes the account on the order, texts it now and reminds a day before it is due", () => {
    const shop = openShop({ order: withTel });
    const account = accountOf();
    const decision = shop.complete(issuedOf());
    const amount = money(1000);
    assert.deepEqual(decision.outcome, { kind: "account_issued", account, payBy: PAY_BY, amount });
    const awaiting = { ...withTel, status: "awaiting_deposit", account: { ...account, paymentId: "imp_1" } };
    assert.deepEqual(decision.order, awaiting);
    assert.equal(shop.payment("imp_1").verdict, "held");
    const data = { bank: "Hana", due_at: PAY_BY, found_by: "look" };
    assert.deepEqual(decision.events, [{ type: "order.awaiting_deposit", paymentId: "imp_1", data }]);
    assert.deepEqual(decision.tasks, [
      {
        kind: "sms",
        key: "sms:account_issued:imp_1",
        repeat: "once",
        dueAt: NOW,
        orderId: "dj_order_1",
        paymentId: "imp_1",
        payload: { template: "account_issued" },
      },
      {
        kind: "sms",
        key: "notice:deposit_due_soon:imp_1",
        repeat: "once",
        dueAt: PAY_BY - 24 * 60 * 60 * 1000,
        orderId: "dj_order_1",
        paymentId: "imp_1",
        payload: { template: "deposit_due_soon" },
      },
    ]);
  });

  test("decideCompletion() asks for no text message where the order has no phone number", () => {
    assert.deepEqual(openShop().complete(issuedOf()).tasks, []);
  });

  test("decideCompletion() shows the account again without a write", () => {
    const shop = openShop({ order: withTel });
    const first = shop.complete(issuedOf());
    const second = shop.complete(issuedOf(lookedAt(NOW + MINUTE_MS)));
    assert.deepEqual(second, { outcome: first.outcome });
  });

  test("decideCompletion() shows the account to a stale look that only saw the window", () => {
    const shop = openShop();
    const first = shop.complete(issuedOf(lookedAt(NOW)));
    const window = snapshotOf({ status: "pending", payMethod: "vbank", ...lookedAt(NOW - SECOND_MS) });
    assert.deepEqual(shop.complete(window), { outcome: first.outcome });
  });

  test("decideCompletion() takes a new due date without a second text message", () => {
    const shop = openShop({ order: withTel });
    shop.complete(issuedOf());
    const account = accountOf({ dueAt: END_OF_PAY_BY_DAY });
    const decision = shop.complete(issuedOf({ account, ...lookedAt(NOW) }));
    assert.deepEqual(shop.order().account, { ...account, paymentId: "imp_1" });
    assert.deepEqual(decision.tasks, []);
  });

  test("decideCompletion() makes the order paid once the deposit is there", () => {
    const shop = openShop();
    shop.complete(issuedOf());
    const deposited = snapshotOf({ payMethod: "vbank", account: accountOf(), ...lookedAt(NOW) });
    assert.deepEqual(shop.complete(deposited).outcome, SUCCESS);
    assert.equal(shop.order().status, "paid");
    assert.equal(shop.order().account?.paymentId, "imp_1");
    assert.deepEqual(shop.ledger.tasks, []);
  });

  test("decideCompletion() keeps the newest account and closes the older one, whichever is seen first", () => {
    const older = issuedOf({ paymentId: "imp_old", startedAt: NOW - 2 * MINUTE_MS });
    const newer = issuedOf({ paymentId: "imp_new", startedAt: NOW - MINUTE_MS });
    for (const looks of [
      [older, newer],
      [newer, older],
    ]) {
      const shop = openShop();
      for (const seen of looks) assert.equal(shop.complete(seen).outcome.kind, "account_issued");
      assert.equal(shop.order().account?.paymentId, "imp_new");
      assert.deepEqual(
        shop.ledger.tasks.map(({ key }) => key),
        ["close_account:imp_old"],
      );
      for (const seen of looks) assert.ok(!isWriting(shop.complete({ ...seen, ...lookedAt(NOW) })));
    }
  });

  test("decideCompletion() closes the accounts that still wait when another payment pays", () => {
    const shop = openShop();
    shop.complete(issuedOf({ paymentId: "imp_bank" }));
    const decision = shop.complete(snapshotOf({ paymentId: "imp_card" }));
    assert.deepEqual(
      decision.tasks?.map(({ kind, key, repeat }) => ({ kind, key, repeat })),
      [{ kind: "close_account", key: "close_account:imp_bank", repeat: "once" }],
    );
    assert.equal(shop.order().paidBy, "imp_card");
  });

  test("decideCompletion() closes no account that takes no deposit any more", () => {
    const failed = paymentOf({ ...issuedOf({ paymentId: "imp_bank" }), status: "failed", verdict: "held" });
    const decision = decideCompletion({
      aggregate: aggregateOf({ payments: [failed] }),
      seen: snapshotOf({ paymentId: "imp_card" }),
      policy: policyOf(),
      isOurId: true,
      foundBy: "look",
    });
    assert.deepEqual(decision.tasks, []);
  });

  test("decideCompletion() closes an account that is due too late, and does not show it", () => {
    const shop = openShop({ order: withTel });
    const account = accountOf({ dueAt: END_OF_PAY_BY_DAY + 1 });
    const decision = shop.complete(issuedOf({ account }));
    assert.deepEqual(decision.outcome, { kind: "closed", reason: "account_due_too_late" });
    assert.equal(decision.order, undefined);
    assert.equal(shop.payment("imp_1").verdict, "rejected");
    assert.deepEqual(
      decision.tasks?.map(({ key }) => key),
      ["close_account:imp_1"],
    );
  });

  for (const status of ["expired", "cancelled"] as const) {
    test(`decideCompletion() closes an account issued for an order that is ${status}`, () => {
      const decision = openShop({ order: orderOf({ status }) }).complete(issuedOf());
      assert.deepEqual(decision.outcome, { kind: "closed", reason: "order_closed" });
      assert.deepEqual(
        decision.tasks?.map(({ key }) => key),
        ["close_account:imp_1"],
      );
      assert.deepEqual(decision.discrepancies, []);
    });
  }

  test("decideCompletion() takes a failed account off the order, which goes on waiting", () => {
    const shop = openShop();
    shop.complete(issuedOf());
    const failed = snapshotOf({
      status: "failed",
      payMethod: "vbank",
      account: accountOf(),
      ...lookedAt(NOW),
    });
    assert.deepEqual(shop.complete(failed).outcome, { kind: "failed" });
    assert.equal(shop.order().status, "awaiting_deposit");
    assert.equal(shop.order().account, undefined);
  });

  test("decideCompletion() takes an account off the order that got another amount than is due", () => {
    const shop = openShop();
    shop.complete(issuedOf());
    const deposit = snapshotOf({
      status: "paid",
      payMethod: "vbank",
      account: accountOf(),
      amount: seenAmount("900"),
      ...lookedAt(NOW),
    });
    const decision = shop.complete(deposit);
    assert.equal(decision.outcome.kind, "forgery");
    assert.equal(decision.order?.status, "awaiting_deposit");
    assert.equal(decision.order?.account, undefined);
  });

  test("decideCompletion() does not take the account of another payment off the order", () => {
    const shop = openShop();
    shop.complete(issuedOf({ paymentId: "imp_bank" }));
    shop.complete(snapshotOf({ paymentId: "imp_card", status: "failed" }));
    assert.equal(shop.order().account?.paymentId, "imp_bank");
  });

  test("decideCompletion() closes an account that asks for another amount", () => {
    const shop = openShop();
    const decision = shop.complete(issuedOf({ amount: seenAmount("100") }));
    assert.deepEqual(decision.outcome, { kind: "forgery" });
    assert.equal(shop.order().status, "pending");
    assert.deepEqual(
      decision.tasks?.map(({ key }) => key),
      ["close_account:imp_1"],
    );
  });
});
