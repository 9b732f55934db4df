import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  accountOf,
  END_OF_PAY_BY_DAY,
  issuedOf,
  lookedAt,
  NOW,
  orderOf,
  PAY_BY,
  policyOf,
  seenAmount,
  snapshotOf,
  type With,
} from "../../test/support/domain.ts";
import { acceptPayment, type Finding } from "./accept-payment.ts";
import type { Order } from "./order.ts";
import type { PaymentSnapshot } from "./payment.ts";
import type { Policy } from "./policy.ts";

interface Changes {
  readonly order?: With<Order>;
  readonly payment?: With<PaymentSnapshot>;
  readonly policy?: With<Policy>;
}

function accept({ order = {}, payment = {}, policy = {} }: Changes) {
  const { finding, clauses } = acceptPayment(orderOf(order), snapshotOf(payment), policyOf(policy));
  const broken = clauses.filter((clause) => !clause.holds).map((clause) => clause.name);
  return { finding, clauses, broken };
}

const LATE = END_OF_PAY_BY_DAY + 1;

/** Breaks every clause at once. */
const ALL_WRONG: Changes = {
  order: {
    status: "expired",
    paidBy: "imp_other",
    allowed: { payMethods: ["vbank"], channels: ["html5_inicis"] },
  },
  payment: {
    status: "unknown",
    statusText: "partial_cancelled",
    sandbox: true,
    currency: "VND",
    amount: seenAmount("2000", "VND"),
    cancelled: seenAmount("500", "VND"),
    cancelCount: 1,
    promotionId: "promo_1",
    customerUid: "customer_1",
    faults: ["cancel_amount"],
    account: accountOf({ dueAt: LATE }),
    paidAt: LATE,
  },
};

/** Each row repairs one fault of the row above, so that the next in precedence shows. */
// biome-ignore format: a table reads best with one row a line
const PRECEDENCE: readonly (readonly [repair: string, Changes, Finding, brokenClause?: string])[] = [
  ["nothing", {}, "forgery", "sandbox"],
  ["sandbox", { payment: { sandbox: false } }, "forgery", "currency"],
  ["currency", { payment: { currency: "KRW", amount: seenAmount("2000") } }, "forgery", "amount"],
  ["amount", { payment: { amount: seenAmount("1000"), cancelled: seenAmount("500") } }, "forgery", "pay_method"],
  ["pay_method", { payment: { payMethod: "vbank" } }, "forgery", "channel"],
  ["channel", { payment: { pgProvider: "html5_inicis" } }, "forgery", "promotion"],
  ["promotion", { payment: { promotionId: undefined } }, "forgery", "customer_uid"],
  ["customer_uid", { payment: { customerUid: undefined } }, "unreadable"],
  ["faults", { payment: { faults: [] } }, "unreadable"],
  ["unknown status to failed, faults again", { payment: { status: "failed", faults: ["cancel_amount"] } }, "unreadable"],
  ["faults of the failed one", { payment: { faults: [] } }, "failed"],
  ["failed to cancelled", { payment: { status: "cancelled" } }, "cancelled"],
  ["cancelled to paid, some cancelled", { payment: { status: "paid" } }, "cancelled"],
  ["cancelled amount, one entry left", { payment: { cancelled: seenAmount("0") } }, "cancelled"],
  ["cancel history", { payment: { cancelCount: 0 } }, "paid_by_another"],
  ["payer", { order: { paidBy: undefined } }, "order_closed"],
  ["order, payment only a window", { order: { status: "pending" }, payment: { status: "pending", account: undefined } }, "window_only"],
  ["window to account", { payment: { account: accountOf({ dueAt: LATE }) } }, "account_due_too_late"],
  ["due date", { payment: { account: accountOf({ dueAt: PAY_BY }) } }, "account"],
  ["deposit", { payment: { status: "paid" } }, "paid_late"],
  ["paid late", { payment: { paidAt: PAY_BY } }, "pays"],
];

describe("acceptPayment() precedence", () => {
  let state: Changes = ALL_WRONG;
  for (const [repair, changes, finding, brokenClause] of PRECEDENCE) {
    state = {
      order: { ...state.order, ...changes.order },
      payment: { ...state.payment, ...changes.payment },
    };
    const now = state;
    const shown = brokenClause === undefined ? finding : `${finding} by ${brokenClause}`;
    test(`acceptPayment() finds ${shown} after the repair of: ${repair}`, () => {
      const result = accept(now);
      assert.equal(result.finding, finding);
      if (brokenClause !== undefined) {
        // Fields with a fault cannot be compared, so the clause on the answer is no rival of those on its fields.
        const [first] = result.broken.filter((name) => name !== "answer");
        assert.equal(first, brokenClause);
      }
    });
  }

  test("acceptPayment() finds no broken clause at the end of the repairs", () => {
    assert.deepEqual(accept(state).broken, []);
  });
});

/** Each from a payment that pays: one fault, all the clauses that it breaks, and nothing else. */
// biome-ignore format: a table reads best with one row a line
const SINGLE: readonly (readonly [fault: string, Changes, Finding, broken: readonly string[]])[] = [
  ["no fault", {}, "pays", []],
  ["a test payment on a live server", { payment: { sandbox: true } }, "forgery", ["sandbox"]],
  ["a live payment on a sandbox server", { policy: { isSandbox: true } }, "forgery", ["sandbox"]],
  ["a test payment on a sandbox server", { policy: { isSandbox: true }, payment: { sandbox: true } }, "pays", []],
  ["no sandbox field on a live server", { payment: { sandbox: undefined } }, "forgery", ["sandbox"]],
  ["no sandbox field on a sandbox server", { policy: { isSandbox: true }, payment: { sandbox: undefined } }, "forgery", ["sandbox"]],
  ["a sandbox field of the wrong type", { payment: { sandbox: undefined, faults: ["sandbox"] } }, "unreadable", ["answer"]],
  ["dong for won", { payment: { currency: "VND", amount: seenAmount("1000", "VND") } }, "forgery", ["currency"]],
  ["krw in small letters", { payment: { currency: "krw" } }, "forgery", ["currency"]],
  ["no currency", { payment: { currency: "", amount: { text: "1000" }, faults: ["currency"] } }, "unreadable", ["answer"]],
  ["one won less", { payment: { amount: seenAmount("999") } }, "forgery", ["amount"]],
  ["one won more", { payment: { amount: seenAmount("1001") } }, "forgery", ["amount"]],
  ["the negative amount", { payment: { amount: seenAmount("-1000") } }, "forgery", ["amount"]],
  ["half a won more", { payment: { amount: seenAmount("1000.5") } }, "forgery", ["amount"]],
  ["an exponent", { payment: { amount: seenAmount("1e3") } }, "forgery", ["amount"]],
  ["an exact decimal", { payment: { amount: seenAmount("1000.0") } }, "pays", []],
  ["zero of an order of zero", { order: { amount: { amountMinor: 0, currency: "KRW" } }, payment: { amount: seenAmount("0") } }, "forgery", ["amount"]],
  ["no amount", { payment: { amount: { text: "" }, faults: ["amount"] } }, "unreadable", ["answer"]],
  ["another pay method", { order: { allowed: { payMethods: ["vbank", "trans"] } } }, "forgery", ["pay_method"]],
  ["no pay method where one is asked for", { order: { allowed: { payMethods: ["card"] } }, payment: { payMethod: undefined } }, "forgery", ["pay_method"]],
  ["a listed pay method", { order: { allowed: { payMethods: ["vbank", "card"] } } }, "pays", []],
  ["no allowed pay method at all", { order: { allowed: { payMethods: [] } } }, "forgery", ["pay_method"]],
  ["a provider that the order lists", { order: { allowed: { channels: ["tosspayments"] } } }, "pays", []],
  ["a provider with MID that the order lists", { order: { allowed: { channels: ["tosspayments:shop1"] } } }, "pays", []],
  ["another MID than the order lists", { order: { allowed: { channels: ["tosspayments:shop2"] } } }, "forgery", ["channel"]],
  ["another provider than the order lists", { order: { allowed: { channels: ["kakaopay"] } } }, "forgery", ["channel"]],
  ["no provider where the order lists one", { order: { allowed: { channels: ["tosspayments"] } }, payment: { pgProvider: undefined } }, "forgery", ["channel"]],
  ["no provider against an empty name", { order: { allowed: { channels: [":", ""] } }, payment: { pgProvider: undefined, pgMerchantId: undefined } }, "forgery", ["channel"]],
  ["a channel that the server lists", { policy: { channels: new Set(["kakaopay:x", "tosspayments:shop1"]) } }, "pays", []],
  ["another MID than the server lists", { policy: { channels: new Set(["tosspayments:shop2"]) } }, "forgery", ["channel"]],
  ["a provider without MID in the server's list", { policy: { channels: new Set(["tosspayments"]) } }, "forgery", ["channel"]],
  ["an empty list of the server", { policy: { channels: new Set<string>() } }, "forgery", ["channel"]],
  ["a channel that the order lists and the server does not", { order: { allowed: { channels: ["tosspayments"] } }, policy: { channels: new Set(["kakaopay:x"]) } }, "forgery", ["channel"]],
  ["no MID against a channel of the server that has none", { policy: { channels: new Set(["tosspayments:", "tosspayments:undefined"]) }, payment: { pgMerchantId: undefined } }, "forgery", ["channel"]],
  ["no provider against a channel of the server that has none", { policy: { channels: new Set([":shop1", "undefined:shop1"]) }, payment: { pgProvider: undefined } }, "forgery", ["channel"]],
  ["no MID against a channel of the order that has none", { order: { allowed: { channels: ["tosspayments:", "tosspayments:undefined"] } }, payment: { pgMerchantId: undefined } }, "forgery", ["channel"]],
  ["no MID of a provider that the order lists", { order: { allowed: { channels: ["tosspayments"] } }, payment: { pgMerchantId: undefined } }, "pays", []],
  ["an unexpected promotion", { payment: { promotionId: "p" } }, "forgery", ["promotion"]],
  ["another promotion", { payment: { promotionId: "p" }, policy: { promotions: new Set(["q"]) } }, "forgery", ["promotion"]],
  ["an expected promotion", { payment: { promotionId: "p" }, policy: { promotions: new Set(["p"]) } }, "pays", []],
  ["a billing key", { payment: { customerUid: "c" } }, "forgery", ["customer_uid"]],
  ["a use of a billing key", { payment: { customerUidUsage: "payment.scheduled" } }, "forgery", ["customer_uid"]],
  ["a fault of the answer", { payment: { faults: ["imp_uid"] } }, "unreadable", ["answer"]],
  ["an unknown status", { payment: { status: "unknown" } }, "unreadable", ["status"]],
  ["failed", { payment: { status: "failed", paidAt: undefined } }, "failed", ["status"]],
  ["cancelled", { payment: { status: "cancelled" } }, "cancelled", ["status", "cancelled"]],
  ["cancelled, with nothing to show for it", { payment: { status: "cancelled", cancelled: seenAmount("0"), cancelCount: 0 } }, "cancelled", ["status"]],
  ["paid, one won cancelled", { payment: { cancelled: seenAmount("1") } }, "cancelled", ["cancelled"]],
  ["paid, one entry in the cancel history", { payment: { cancelCount: 1 } }, "cancelled", ["cancelled"]],
  ["paid, an unreadable cancelled amount", { payment: { cancelled: { text: "1e3" } } }, "cancelled", ["cancelled"]],
  ["an order paid by another payment", { order: { paidBy: "imp_2" } }, "paid_by_another", ["one_payment"]],
  ["an order paid by this payment", { order: { paidBy: "imp_1" } }, "pays", []],
  ["an order that waits for a deposit", { order: { status: "awaiting_deposit" } }, "pays", []],
  ["an expired order", { order: { status: "expired" } }, "order_closed", ["order_open"]],
  ["a cancelled order", { order: { status: "cancelled" } }, "order_closed", ["order_open"]],
  ["a refunded order", { order: { status: "refunded" } }, "order_closed", ["order_open"]],
  ["an issued account", { payment: { status: "pending", paidAt: undefined, account: accountOf() } }, "account", []],
  ["a failed account", { payment: { status: "failed", paidAt: undefined, account: accountOf() } }, "failed", ["status"]],
  ["an opened window", { payment: { status: "pending", paidAt: undefined } }, "window_only", ["status"]],
];

describe("acceptPayment() on one fault", () => {
  for (const [fault, changes, finding, broken] of SINGLE) {
    test(`acceptPayment() finds ${finding} for ${fault}`, () => {
      const result = accept(changes);
      assert.equal(result.finding, finding);
      assert.deepEqual(result.broken, broken);
    });
  }
});

const DUE: readonly (readonly [name: string, dueAt: number | undefined, Finding])[] = [
  ["without a due date", undefined, "account"],
  ["due before pay_by", PAY_BY - 1, "account"],
  ["due after pay_by on its day in Korea", PAY_BY + 1, "account"],
  ["due at the last millisecond of that day", END_OF_PAY_BY_DAY, "account"],
  ["due at the first millisecond of the next day", END_OF_PAY_BY_DAY + 1, "account_due_too_late"],
];

/** When money came, against pay_by and the due date of its account: `false` is no account. */
const PAID: readonly (readonly [name: string, paidAt: number, dueAt: number | undefined | false, Finding])[] =
  [
    ["card paid exactly at pay_by", PAY_BY, false, "pays"],
    ["card paid 1 ms after pay_by", PAY_BY + 1, false, "paid_late"],
    ["deposit at pay_by, account without due date", PAY_BY, undefined, "pays"],
    ["deposit 1 ms after pay_by, account without due date", PAY_BY + 1, undefined, "paid_late"],
    ["deposit at the later due date of that day", END_OF_PAY_BY_DAY, END_OF_PAY_BY_DAY, "pays"],
    ["deposit 1 ms after that due date", END_OF_PAY_BY_DAY + 1, END_OF_PAY_BY_DAY, "paid_late"],
    ["deposit between pay_by and a due date on the next day", PAY_BY + 1, LATE, "paid_late"],
    ["deposit at pay_by, account due on the next day", PAY_BY, LATE, "pays"],
    ["deposit after an earlier due date, before pay_by", PAY_BY, PAY_BY - 1, "pays"],
  ];

describe("acceptPayment() at the limits of time", () => {
  for (const [name, dueAt, finding] of DUE) {
    test(`acceptPayment() finds ${finding} for an account ${name}`, () => {
      const payment = issuedOf({ account: accountOf({ dueAt }) });
      assert.equal(acceptPayment(orderOf(), payment, policyOf()).finding, finding);
    });
  }
  for (const [name, paidAt, dueAt, finding] of PAID) {
    test(`acceptPayment() finds ${finding} for a ${name}`, () => {
      const account = dueAt === false ? undefined : accountOf({ dueAt });
      assert.equal(accept({ payment: { paidAt, account } }).finding, finding);
    });
  }
});

/** Every clause of a good payment and of `ALL_WRONG`, as an operator reads them: expected, seen by the one, expected, seen by the other. */
// biome-ignore format: a table reads best with one row a line
const SHOWN: readonly (readonly [id: string, name: string, expected: string, seen: string, expectedToo: string, wrong: string])[] = [
  ["K11", "sandbox", "false", "false", "false", "true"],
  ["K9", "currency", "KRW", "KRW", "KRW", "VND"],
  ["K8", "amount", "1000", "1000", "1000", "2000"],
  ["K2", "answer", "every required field", "every required field", "every required field", "cancel_amount paid_at"],
  ["K12", "pay_method", "any", "card", "vbank trans", "card"],
  ["K12", "channel", "any", "tosspayments:shop1", "html5_inicis kakaopay", "tosspayments:shop1"],
  ["K12", "promotion", "none", "none", "none", "promo_1"],
  ["K12", "customer_uid", "none", "none", "none", "customer_1"],
  ["K7", "status", "paid, or ready with a virtual account", "paid", "paid, or ready with a virtual account", "partial_cancelled"],
  ["K10", "cancelled", "0", "0", "0", "500"],
  ["K14", "one_payment", "none yet", "imp_1", "imp_other", "imp_1"],
  ["K6", "order_open", "pending or awaiting_deposit", "pending", "pending or awaiting_deposit", "expired"],
  ["K13", "paid_in_time", "by 2026-11-26T00:00:00.000Z", "2026-11-23T00:02:00.000Z", "by 2026-11-26T00:00:00.000Z", "2026-11-26T15:00:00.000Z"],
  ["K13", "due_date", "by the end of pay_by's day in Korea", "none", "by the end of pay_by's day in Korea", "2026-11-26T15:00:00.000Z"],
];

/** One clause where a field is missing or has several values. */
// biome-ignore format: a table reads best with one row a line
const SHOWN_BESIDES: readonly (readonly [Changes, name: string, expected: string, seen: string])[] = [
  [{ payment: { sandbox: undefined } }, "sandbox", "false", "missing"],
  [{ payment: { payMethod: undefined } }, "pay_method", "any", "none"],
  [{ payment: { pgProvider: undefined, pgMerchantId: undefined } }, "channel", "any", ":"],
  [{ policy: { channels: new Set(["tosspayments:shop1", "kakaopay:x"]) } }, "channel", "tosspayments:shop1 kakaopay:x", "tosspayments:shop1"],
  [{ policy: { promotions: new Set(["p", "q"]) } }, "promotion", "p q", "none"],
  [{ payment: { customerUidUsage: "issue" } }, "customer_uid", "none", "issue"],
  [{ payment: { paidAt: undefined } }, "paid_in_time", "by 2026-11-26T00:00:00.000Z", "not paid"],
  [{ payment: { account: accountOf({ dueAt: undefined }) } }, "due_date", "by the end of pay_by's day in Korea", "none"],
];

describe("acceptPayment() clauses", () => {
  test("acceptPayment() shows every clause with its number and both values", () => {
    const wrong: Changes = {
      order: {
        ...ALL_WRONG.order,
        allowed: { payMethods: ["vbank", "trans"], channels: ["html5_inicis", "kakaopay"] },
      },
      payment: { ...ALL_WRONG.payment, faults: ["cancel_amount", "paid_at"] },
    };
    assert.deepEqual(
      accept({}).clauses,
      SHOWN.map(([id, name, expected, seen]) => ({ id, name, expected, seen, holds: true })),
    );
    assert.deepEqual(
      accept(wrong).clauses,
      SHOWN.map(([id, name, , , expected, seen]) => ({ id, name, expected, seen, holds: false })),
    );
  });

  for (const [changes, name, expected, seen] of SHOWN_BESIDES) {
    test(`acceptPayment() shows ${seen} for ${name} beside ${expected}`, () => {
      const shown = accept(changes).clauses.find((clause) => clause.name === name);
      assert.deepEqual([shown?.expected, shown?.seen], [expected, seen]);
    });
  }

  test("acceptPayment() records every clause once, broken or not, with both values", () => {
    const good = accept({});
    const bad = accept(ALL_WRONG);
    const names = good.clauses.map((clause) => clause.name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(
      bad.clauses.map((clause) => clause.name),
      names,
    );
    assert.deepEqual(
      [...new Set(names)].sort(),
      [...new Set(bad.broken)].sort(),
      "ALL_WRONG breaks them all",
    );
    const amount = bad.clauses.find((clause) => clause.name === "amount");
    assert.deepEqual(amount, { id: "K8", name: "amount", expected: "1000", seen: "2000", holds: false });
  });

  test("acceptPayment() reads neither its own clock nor the time of the look", () => {
    const changes: Changes = { payment: lookedAt(NOW + 1e12) };
    assert.equal(accept(changes).finding, "pays");
  });
});
