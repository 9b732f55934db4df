import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  accountOf,
  DAY_MS,
  END_OF_PAY_BY_DAY,
  MINUTE_MS,
  money,
  NOW,
  orderOf,
  PAY_BY,
  policyOf,
  seenAmount,
  snapshotOf,
} from "../../test/support/domain.ts";
import { applyDecision, loadAggregate, openShop, type Shop } from "../../test/support/ledger.ts";
import { paymentDeadline } from "./deadline.ts";
import { decideExpiry } from "./decide-expiry.ts";
import type { Decision } from "./decision.ts";
import type { Order, OrderStatus } from "./order.ts";
import type { CompleteOutcome } from "./outcome.ts";
import type { Payment, PaymentSnapshot } from "./payment.ts";
import type { Policy } from "./policy.ts";

/** Mostly the value that pays, so that long sequences reach every state; now and then one that does not. */
function mostly<T>(right: T, ...wrong: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(right) },
    { weight: 1, arbitrary: fc.constantFrom(...wrong) },
  );
}

const dueDates = fc.constantFrom(undefined, PAY_BY, END_OF_PAY_BY_DAY, END_OF_PAY_BY_DAY + 1);
const accounts = fc.option(
  dueDates.map((dueAt) => accountOf({ dueAt })),
  { nil: undefined },
);

const looks: fc.Arbitrary<PaymentSnapshot> = fc
  .record({
    paymentId: fc.constantFrom("imp_1", "imp_2", "imp_3"),
    status: fc.constantFrom("pending", "pending", "paid", "paid", "paid", "failed", "cancelled", "unknown"),
    amount: mostly("1000", "999", "1000.0", "1e3", "-1000", "0"),
    currency: mostly("KRW", "VND", "krw"),
    cancelled: fc.constantFrom("0", "0", "0", "0", "0", "0", "1", "400", "1000", "1500"),
    cancelCount: mostly(0, 1),
    sandbox: mostly<boolean | undefined>(false, true, undefined),
    payMethod: mostly<string | undefined>("card", "vbank", undefined),
    pgProvider: mostly<string | undefined>("tosspayments", "kakaopay", undefined),
    promotionId: mostly<string | undefined>(undefined, "p"),
    customerUid: mostly<string | undefined>(undefined, "c"),
    pgTransactionId: mostly<string | undefined>(undefined, "tid"),
    faults: mostly<readonly string[]>([], ["cancel_amount"], ["amount"], ["sandbox"]),
    account: accounts,
    startedAt: fc.constantFrom(undefined, NOW - MINUTE_MS, NOW),
    paidAt: mostly<number | undefined>(NOW, undefined, PAY_BY, PAY_BY + 1, END_OF_PAY_BY_DAY + 1),
    at: fc.integer({ min: NOW, max: NOW + 5 * MINUTE_MS }),
    durationMs: fc.nat({ max: 5000 }),
  })
  .map(({ amount, cancelled, at, durationMs, ...rest }) =>
    snapshotOf({
      ...rest,
      amount: seenAmount(amount, rest.currency),
      cancelled: seenAmount(cancelled, rest.currency),
      fetchStartedAt: at,
      fetchEndedAt: at + durationMs,
    }),
  );

const orders: fc.Arbitrary<Order | "none"> = fc
  .record({
    isThere: mostly(true, false),
    status: mostly<OrderStatus>("pending", "expired", "cancelled"),
    amount: mostly(money(1000), money(0), money(1000, "VND")),
    allowed: mostly<Order["allowed"]>(
      undefined,
      { payMethods: ["vbank"] },
      { channels: ["tosspayments:shop1"] },
    ),
    customer: fc.constantFrom(undefined, { tel: "010-0000-0000" }),
  })
  .map(({ isThere, ...changes }) => (isThere ? orderOf(changes) : "none"));

const policies: fc.Arbitrary<Policy> = fc
  .record({
    isSandbox: mostly(false, true),
    channels: mostly<Policy["channels"]>("any", new Set(["tosspayments:shop1"]), new Set<string>()),
    promotions: mostly(new Set<string>(), new Set(["p"])),
  })
  .map(policyOf);

/** A look at one payment, or the look at the whole order that may close it by time. */
const steps = fc
  .array(mostly<"look" | "expire">("look", "expire"), { minLength: 1, maxLength: 14 })
  .chain((kinds) =>
    fc.tuple(...kinds.map((kind) => (kind === "look" ? looks : fc.constant("expire" as const)))),
  );

const worlds = fc.record({ order: orders, policy: policies, isOurId: fc.boolean(), steps });

interface Step {
  readonly seen: PaymentSnapshot;
  readonly policy: Policy;
  readonly before: Shop["ledger"];
  readonly after: Shop["ledger"];
  readonly decision: Decision<CompleteOutcome>;
}

/** Runs one world. `openShop` checks every look for plain data, for a second run that writes nothing, and for one payer. */
function run(world: {
  order: Order | "none";
  policy: Policy;
  isOurId: boolean;
  steps: readonly (PaymentSnapshot | "expire")[];
}) {
  const shop = openShop(world);
  const taken: Step[] = [];
  for (const step of world.steps) {
    const before = shop.ledger;
    if (step === "expire") {
      const aggregate = { ...loadAggregate(before), now: PAY_BY + DAY_MS };
      const decision = decideExpiry({ aggregate, lookedAt: PAY_BY + DAY_MS, isClockTrusted: true });
      shop.ledger = applyDecision(before, decision);
    } else {
      const decision = shop.complete(step);
      taken.push({ seen: step, policy: world.policy, before, after: shop.ledger, decision });
    }
  }
  return { shop, taken };
}

const find = (ledger: Shop["ledger"], id: string) =>
  ledger.payments.find(({ paymentId }) => paymentId === id);
const isPayer = (payment: Payment | undefined) =>
  payment?.verdict === "applied" || payment?.verdict === "reversed";

/** The acceptance rule once more, by other means. */
function assertPays(order: Order, payment: Payment, policy: Policy): void {
  assert.equal(payment.status, "paid");
  assert.deepEqual(payment.faults, []);
  assert.ok(order.amount.amountMinor > 0);
  assert.deepEqual(payment.amount.money, order.amount);
  assert.equal(payment.currency, order.amount.currency);
  assert.equal(payment.cancelled.money?.amountMinor, 0);
  assert.equal(payment.cancelCount, 0);
  assert.equal(payment.sandbox, policy.isSandbox);
  assert.equal(payment.customerUid, undefined);
  assert.ok(payment.promotionId === undefined || policy.promotions.has(payment.promotionId));
  const channel = `${payment.pgProvider}:${payment.pgMerchantId}`;
  assert.ok(policy.channels === "any" || policy.channels.has(channel));
  assert.ok(order.allowed?.payMethods?.includes(payment.payMethod ?? "") ?? true);
  assert.ok((payment.paidAt ?? 0) <= paymentDeadline(order, payment.account));
  // Money that came in time pays, also into an account that would have taken it too late.
  assert.ok(payment.clauses.every(({ name, holds }) => holds || name === "due_date"));
}

describe("decideCompletion() over any looks at any payments", () => {
  test("decideCompletion() answers success only for a payment that it applies now or has applied", () => {
    let applied = 0;
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { seen, policy, before, after, decision } of run(world).taken) {
          const [was, is] = [find(before, seen.paymentId), find(after, seen.paymentId)];
          if (decision.outcome.kind === "success") assert.ok(isPayer(is));
          assert.ok(!isPayer(was) || decision.outcome.kind === "success", "the answer stays for ever");
          if (isPayer(was) || !isPayer(is)) continue;
          assert.ok(before.order && is);
          assert.ok(before.order.status === "pending" || before.order.status === "awaiting_deposit");
          assert.equal(decision.outcome.kind, "success");
          assertPays(before.order, is, policy);
          applied += 1;
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(applied > 100, `only ${applied} payments were applied`);
  });

  test("decideCompletion() changes an order for its applied, held or reversed payment only", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { seen, before, after, decision } of run(world).taken) {
          if (before.order?.status === after.order?.status) continue;
          const verdict = decision.payments?.find(({ paymentId }) => paymentId === seen.paymentId)?.verdict;
          assert.ok(verdict === "applied" || verdict === "held" || verdict === "reversed", verdict);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("decideCompletion() never lets a stored payment or the refunded amount fall back", () => {
    const ranks = ["pending", "failed", "paid", "cancelled"];
    fc.assert(
      fc.property(worlds, (world) => {
        for (const { seen, before, after } of run(world).taken) {
          const [was, is] = [find(before, seen.paymentId), find(after, seen.paymentId)];
          assert.ok(was === undefined || is !== undefined);
          assert.ok(ranks.indexOf(is?.status ?? "pending") >= ranks.indexOf(was?.status ?? "pending"));
          const minor = (row: Payment | undefined) => row?.cancelled.money?.amountMinor ?? 0;
          assert.ok(minor(is) >= minor(was));
          const refunded = (order: Order | undefined) => order?.refunded.amountMinor ?? 0;
          assert.ok(refunded(after.order) >= refunded(before.order));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("decideCompletion() opens each cause once, with one event each, and names no payment it was not asked about", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { shop, taken } = run(world);
        const { discrepancies, events } = shop.ledger;
        assert.equal(new Set(discrepancies.map(({ cause }) => cause)).size, discrepancies.length);
        assert.equal(events.filter(({ type }) => type === "discrepancy.opened").length, discrepancies.length);
        for (const { seen, decision } of taken) {
          assert.ok((decision.payments ?? []).every(({ paymentId }) => paymentId === seen.paymentId));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("decideCompletion() applies a good payment to an order that is still open, whatever came before", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const order = world.order === "none" ? world.order : orderOf({ status: world.order.status });
        const { shop } = run({ ...world, order, policy: policyOf() });
        const { status } = shop.ledger.order ?? {};
        if (status !== "pending" && status !== "awaiting_deposit") return;
        const good = snapshotOf({ paymentId: "imp_good" });
        assert.deepEqual(shop.complete(good).outcome, { kind: "success" });
        assert.equal(shop.order().paidBy, "imp_good");
      }),
      { numRuns: 300 },
    );
  });
});
