import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  aggregateOf,
  CREATED_AT,
  isWriting,
  MINUTE_MS,
  money,
  NOW,
  orderOf,
  PAY_BY,
  paymentOf,
  SECOND_MS,
  type With,
} from "../../test/support/domain.ts";
import { decideRegistration, type NewOrder, type OrderField } from "./decide-registration.ts";

/** What the shop asks for, with every field set. */
function asked(changes: With<NewOrder> = {}): NewOrder {
  const order = orderOf({
    taxFree: money(100),
    vatAmount: money(90),
    customer: { id: "c1", name: "Kim", email: "kim@example.com", tel: "010-0000-0000" },
    isPayByGiven: true,
    returnUrl: "https://shop.example/done",
    metadata: { cart: "7", gift: true },
    allowed: { payMethods: ["card", "vbank"], channels: ["tosspayments"] },
    ...changes,
  });
  const { status: _s, createdAt: _c, refunded: _r, preparation: _p, ...rest } = order;
  return { ...rest, ...(changes.prepare && { prepare: changes.prepare }) };
}

const empty = (now = CREATED_AT) => aggregateOf({ order: undefined, now, version: 0 });

function registered(changes: With<NewOrder> = {}) {
  const { order } = decideRegistration(empty(), asked(changes));
  assert.ok(order);
  return aggregateOf({ order, now: NOW });
}

describe("decideRegistration() of a new order", () => {
  test("decideRegistration() writes it as pending, with one event and its first look", () => {
    const decision = decideRegistration(empty(), asked());
    const order = { ...asked(), status: "pending", createdAt: CREATED_AT, refunded: money(0) };
    assert.deepEqual(decision.order, order);
    assert.deepEqual(decision.outcome, { kind: "registered", order });
    const data = { amount: "1000", currency: "KRW" };
    assert.deepEqual(decision.events, [{ type: "order.registered", data }]);
    const dueAt = CREATED_AT + 10 * SECOND_MS;
    const orderId = "dj_order_1";
    assert.deepEqual(decision.tasks, [
      { kind: "look", key: "look:dj_order_1", repeat: "once", dueAt, orderId },
    ]);
    assert.deepEqual(structuredClone(decision), decision);
  });

  test("decideRegistration() has the gateway hold the amount, at once and once, where the policy wants that", () => {
    const task = { kind: "prepare", key: "prepare:dj_order_1", repeat: "once", dueAt: CREATED_AT };
    const WANTED = { required: "wanted", best_effort: undefined, off: undefined } as const;
    for (const prepare of ["required", "best_effort", "off"] as const) {
      const { order, tasks } = decideRegistration(empty(), asked({ prepare }));
      assert.ok(order);
      assert.equal(order.preparation, WANTED[prepare]);
      assert.ok(!("prepare" in order));
      assert.deepEqual(tasks?.slice(1), prepare === "off" ? [] : [{ ...task, orderId: "dj_order_1" }]);
      const again = decideRegistration(aggregateOf({ order, now: NOW }), asked({ prepare }));
      assert.deepEqual([again.outcome.kind, isWriting(again)], ["exists", false]);
    }
  });

  test("decideRegistration() keeps the refunded amount in the order's own currency", () => {
    const decision = decideRegistration(empty(), asked({ amount: money(1420, "USD") }));
    assert.deepEqual(decision.order?.refunded, money(0, "USD"));
    assert.deepEqual(decision.events?.[0]?.data, { amount: "14.2", currency: "USD" });
  });

  test("decideRegistration() has payments that came before it verified at once", () => {
    const payments = [paymentOf({ paymentId: "imp_1" }), paymentOf({ paymentId: "imp_2" })];
    const { tasks = [] } = decideRegistration({ ...empty(), payments }, asked());
    const orderId = "dj_order_1";
    assert.deepEqual(
      tasks.slice(1),
      ["imp_1", "imp_2"].map((paymentId) => ({
        kind: "verify",
        key: `verify:${paymentId}`,
        repeat: "again",
        dueAt: CREATED_AT,
        orderId,
        paymentId,
        payload: { found_by: "registration" },
      })),
    );
  });
});

describe("decideRegistration() of an order that exists", () => {
  // biome-ignore format: a table reads best with one row a line
  const same: readonly (readonly [name: string, before: With<NewOrder>, again: With<NewOrder>])[] = [
    ["equal fields", {}, {}],
    ["another default pay_by", { isPayByGiven: false }, { isPayByGiven: false, payBy: PAY_BY + MINUTE_MS }],
    ["the allowed lists in another order, with repeats", {}, { allowed: { payMethods: ["vbank", "card", "card"], channels: ["tosspayments"] } }],
    ["metadata in another order", {}, { metadata: { gift: true, cart: "7" } }],
    ["no customer for an empty one", { customer: {} }, { customer: undefined }],
    ["no metadata for an empty one", { metadata: {} }, { metadata: undefined }],
    ["no lists for an empty object", { allowed: {} }, { allowed: undefined }],
    ["no tax_free both times", { taxFree: undefined }, { taxFree: undefined }],
  ];
  for (const [name, before, again] of same) {
    test(`decideRegistration() finds the order again with ${name}, and writes nothing`, () => {
      const aggregate = registered(before);
      const decision = decideRegistration(aggregate, asked(again));
      assert.deepEqual(decision, { outcome: { kind: "exists", order: aggregate.order } });
    });
  }

  test("decideRegistration() finds the order again whatever has become of it", () => {
    const aggregate = registered();
    const order = { ...orderOf(aggregate.order), status: "paid", paidBy: "imp_1", paidAt: NOW } as const;
    const decision = decideRegistration({ ...aggregate, order }, asked());
    assert.deepEqual(decision, { outcome: { kind: "exists", order } });
  });

  // biome-ignore format: a table reads best with one row a line
  const others: readonly (readonly [field: OrderField, name: string, change: With<NewOrder>])[] = [
    ["currency", "another currency", { amount: money(1000, "JPY") }],
    ["amount", "another amount", { amount: money(1001) }],
    ["name", "another name", { name: "soap" }],
    ["tax_free", "another tax_free", { taxFree: money(101) }],
    ["tax_free", "no tax_free", { taxFree: undefined }],
    ["vat_amount", "another vat_amount", { vatAmount: money(0) }],
    ["vat_amount", "no vat_amount", { vatAmount: undefined }],
    ["customer", "another phone number", { customer: { ...asked().customer, tel: "010-0000-0001" } }],
    ["customer", "another mail address", { customer: { ...asked().customer, email: "k@example.com" } }],
    ["customer", "another name of the customer", { customer: { ...asked().customer, name: "Lee" } }],
    ["customer", "another customer id", { customer: { ...asked().customer, id: "c2" } }],
    ["customer", "no customer", { customer: undefined }],
    ["pay_by", "another pay_by", { payBy: PAY_BY + 1 }],
    ["pay_by", "the default pay_by", { isPayByGiven: false }],
    ["return_url", "another return_url", { returnUrl: "https://shop.example/" }],
    ["return_url", "no return_url", { returnUrl: undefined }],
    ["metadata", "a value of another type", { metadata: { cart: 7, gift: true } }],
    ["metadata", "a key less", { metadata: { cart: "7" } }],
    ["metadata", "a key more", { metadata: { cart: "7", gift: true, note: "" } }],
    ["metadata", "another key", { metadata: { cart: "7", toString: "x" } as Record<string, string | boolean> }],
    ["allowed", "a method less", { allowed: { payMethods: ["card"], channels: ["tosspayments"] } }],
    ["allowed", "another method", { allowed: { payMethods: ["card", "trans"], channels: ["tosspayments"] } }],
    ["allowed", "any channel", { allowed: { payMethods: ["card", "vbank"] } }],
    ["allowed", "no channel", { allowed: { payMethods: ["card", "vbank"], channels: [] } }],
    ["allowed", "no lists", { allowed: undefined }],
  ];
  for (const [field, name, change] of others) {
    test(`decideRegistration() refuses ${name} by the name of ${field}`, () => {
      const decision = decideRegistration(registered(), asked(change));
      assert.deepEqual(decision, { outcome: { kind: "exists_with_different", field } });
      assert.ok(!isWriting(decision));
    });
  }

  test("decideRegistration() refuses a pay_by given where the first registration had none", () => {
    const decision = decideRegistration(registered({ isPayByGiven: false }), asked());
    assert.deepEqual(decision.outcome, { kind: "exists_with_different", field: "pay_by" });
  });

  test("decideRegistration() names the first field that differs, in a fixed precedence", () => {
    // Everything differs at first; each step repairs the field that was named, and the next in precedence shows.
    const firsts = others.filter(([field], nth) => others.findIndex(([other]) => other === field) === nth);
    const changes = [...firsts.map(([, , change]) => change), { amount: money(1001, "JPY") }];
    let wrong: With<NewOrder> = Object.assign({}, ...changes);
    const keys: Readonly<Record<OrderField, keyof NewOrder>> = {
      currency: "amount",
      amount: "amount",
      name: "name",
      tax_free: "taxFree",
      vat_amount: "vatAmount",
      customer: "customer",
      pay_by: "payBy",
      return_url: "returnUrl",
      metadata: "metadata",
      allowed: "allowed",
    };
    for (const [field] of firsts) {
      const decision = decideRegistration(registered(), asked(wrong));
      assert.deepEqual(decision.outcome, { kind: "exists_with_different", field });
      const right = field === "currency" ? money(1001) : asked()[keys[field]];
      wrong = { ...wrong, [keys[field]]: right };
    }
    assert.equal(decideRegistration(registered(), asked(wrong)).outcome.kind, "exists");
  });
});
