import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Aggregate } from "../../../src/domain/decision.ts";
import type { Engine } from "../../support/engine.ts";
import {
  application,
  peek,
  refusalCode,
  registration,
  SAMPLE_TIME,
  sampleOrder,
  samplePayment,
  standingClock,
} from "./samples.ts";

const TWENTY = Array.from({ length: 20 }, (_, index) => index);

/** What every engine promises of `transact`. */
export function testTransact(engine: Engine): void {
  describe(`transact() on ${engine.name}`, () => {
    // Goal: an id that nothing is known of can be locked too. Method: twenty callers register the same new order at the
    // same time; the database decides the winner, not us.
    test("transact() registers one order when twenty callers race for a missing root", async () => {
      await using opened = await engine.open();
      const outcomes = await Promise.all(
        TWENTY.map(() =>
          opened.store.transact({ orderId: "race_0001" }, (aggregate) =>
            aggregate.order === undefined
              ? registration(sampleOrder({ orderId: "race_0001" }))
              : { outcome: "exists" as const },
          ),
        ),
      );
      assert.deepEqual(outcomes.toSorted(), [...Array(19).fill("exists"), "registered"]);
      assert.equal((await opened.store.readOrder("race_0001"))?.version, 1);
      assert.equal((await opened.store.readTimeline("race_0001")).length, 1);
    });

    test("transact() applies one payment when twenty callers race with twenty payments", async () => {
      await using opened = await engine.open();
      const order = sampleOrder({ orderId: "race_0002" });
      await opened.store.transact({ orderId: order.orderId }, () => registration(order));
      const outcomes = await Promise.all(
        TWENTY.map((index) => {
          const payment = samplePayment({ orderId: order.orderId, paymentId: `imp_race_${index}` });
          return opened.store.transact(
            { orderId: order.orderId, paymentId: payment.paymentId },
            ({ order: current }) =>
              current?.status === "pending"
                ? application(current, payment)
                : { outcome: "surplus" as const, payments: [{ ...payment, verdict: "surplus" as const }] },
          );
        }),
      );
      assert.equal(outcomes.filter((outcome) => outcome === "paid").length, 1);
      const view = await opened.store.readOrder(order.orderId);
      assert.equal(view?.payments.length, 20);
      assert.equal(view?.payments.filter(({ verdict }) => verdict === "applied").length, 1);
      assert.equal(view?.version, 21);
    });

    test("transact() raises version and sequence by one with each write", async () => {
      await using opened = await engine.open();
      const seen = await Promise.all(
        TWENTY.map((index) =>
          opened.store.transact({ orderId: "orphan_01" }, ({ version }) => ({
            outcome: version,
            events: [
              { type: "payment.rejected", data: { index, part: 1 } },
              { type: "payment.rejected", data: { index, part: 2 } },
            ],
          })),
        ),
      );
      assert.deepEqual(
        seen.toSorted((one, other) => one - other),
        TWENTY,
      );
      const timeline = await opened.store.readTimeline("orphan_01");
      assert.deepEqual(
        timeline.map(({ sequence, data }) => [sequence, data["part"]]),
        TWENTY.flatMap((index) => [
          [index + 1, 1],
          [index + 1, 2],
        ]),
      );
      assert.equal(new Set(timeline.map(({ id }) => id)).size, 40);
    });

    test("transact() shows a member what an earlier one wrote when the same key comes twice in one batch", async () => {
      await using opened = await engine.open();
      const order = sampleOrder({ orderId: "twice_001" });
      const payment = samplePayment({ orderId: order.orderId, paymentId: "imp_twice" });
      const outcomes = await Promise.all([
        opened.store.transact({ orderId: order.orderId }, () => registration(order)),
        opened.store.transact(
          { orderId: order.orderId, paymentId: payment.paymentId },
          ({ order: found, version }) => {
            assert.equal(version, 1);
            return application(found ?? assert.fail("The order is missing"), payment);
          },
        ),
        peek(opened.store, { orderId: order.orderId }),
      ]);
      assert.deepEqual(outcomes.slice(0, 2), ["registered", "paid"]);
      const last = outcomes[2] as Aggregate;
      assert.equal(last.version, 2);
      assert.equal(last.order?.status, "paid");
      assert.deepEqual(last.payments, [payment]);
    });

    test("transact() undoes one member alone when its decide throws", async () => {
      await using opened = await engine.open();
      const culprit = new Error("A bug of ours");
      const register = (orderId: string) =>
        opened.store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
      const results = await Promise.allSettled([
        register("before_01"),
        opened.store.transact({ orderId: "culprit_1" }, () => {
          throw culprit;
        }),
        register("after_001"),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      assert.equal((results[1] as PromiseRejectedResult).reason, culprit);
      assert.equal(await opened.store.hasOrder("before_01"), true);
      assert.equal(await opened.store.hasOrder("after_001"), true);
      assert.equal((await peek(opened.store, { orderId: "culprit_1" })).version, 0);
      assert.equal(opened.store.isReady(), true);
    });

    test("transact() leaves no trace when the decision writes nothing", async () => {
      await using opened = await engine.open();
      const orderId = "nothing_1";
      const empty = { outcome: "nothing", payments: [], events: [], tasks: [], discrepancies: [] };
      assert.equal(await opened.store.transact({ orderId }, () => empty), "nothing");
      assert.equal((await peek(opened.store, { orderId })).version, 0);
      await opened.store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
      await opened.store.transact({ orderId }, () => ({ ...empty, attemptCount: 0 }));
      assert.equal((await opened.store.readOrder(orderId))?.version, 1);
    });

    test("transact() keeps the version when all that it would write is there already", async () => {
      await using opened = await engine.open();
      const orderId = "known_001";
      const decision = {
        outcome: undefined,
        tasks: [{ kind: "look", key: "look:known_001", repeat: "once", dueAt: SAMPLE_TIME, orderId }],
        discrepancies: [{ kind: "orphan", cause: "orphan:imp_1", evidence: { seen: 1 } }],
      } as const;
      await opened.store.transact({ orderId }, () => decision);
      await opened.store.transact({ orderId }, () => decision);
      const aggregate = await peek(opened.store, { orderId });
      assert.equal(aggregate.version, 1);
      assert.deepEqual(aggregate.causes, ["orphan:imp_1"]);
    });

    test("transact() gives the store's time and the counted attempts to the decision", async () => {
      const clock = standingClock();
      await using opened = await engine.open({ clock });
      await opened.store.transact({ orderId: "count_001" }, () => ({ outcome: 0, attemptCount: 3 }));
      clock.advance(5_000);
      const aggregate = await peek(opened.store, { orderId: "count_001" });
      assert.equal(aggregate.attemptCount, 3);
      assert.equal(aggregate.now, SAMPLE_TIME + 5_000);
      assert.equal(aggregate.version, 1);
    });

    test("transact() answers overloaded when far too many wait", async () => {
      await using opened = await engine.open();
      const codes = await Promise.all(
        Array.from({ length: 10_050 }, () =>
          refusalCode(opened.store.transact({ orderId: "crowd_001" }, () => ({ outcome: 1 }))),
        ),
      );
      assert.deepEqual([...new Set(codes)].toSorted(), ["none", "overloaded"]);
      assert.equal(opened.store.isReady(), true);
    });
  });
}
