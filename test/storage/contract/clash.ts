import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Aggregate, Decision } from "../../../src/domain/decision.ts";
import type { Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engine.ts";
import { peek, refusalCode, samplePayment } from "./samples.ts";

const PAYMENT_ID = "imp_clash";

/** A payment id belongs to one order, whoever asks first. */
export function testClash(engine: Engine): void {
  /** Stores the payment, or, when it is another order's, a discrepancy with the snapshot. */
  function claimPayment(runs: Aggregate[]) {
    return (aggregate: Aggregate): Decision<string> => {
      runs.push(aggregate);
      const payment = samplePayment({ orderId: aggregate.orderId, paymentId: PAYMENT_ID });
      if (aggregate.clash === undefined) {
        return {
          outcome: "stored",
          payments: [payment],
          events: [{ type: "payment.rejected", data: {} }],
          tasks: [{ kind: "look", key: `look:${aggregate.orderId}`, repeat: "once", dueAt: 1 }],
        };
      }
      const { paymentId, orderId } = aggregate.clash;
      const evidence = { raw: payment.raw, owner: orderId };
      return {
        outcome: "clash",
        discrepancies: [{ kind: "orphan", cause: `clash:${paymentId}`, paymentId, evidence }],
      };
    };
  }

  interface Second {
    readonly first?: string;
    readonly second?: string;
    readonly runs: readonly Aggregate[];
  }

  async function checkSecond(store: Store, { first = "clash_001", second = "clash_002", runs }: Second) {
    // An engine may run it more often than it must, the last time with the clash.
    const seen = runs.map(({ clash, version }) => ({ clash, version }));
    const clash = { kind: "payment_of_another_order", paymentId: PAYMENT_ID, orderId: first };
    assert.ok(seen.length >= 2);
    assert.deepEqual(seen.pop(), { clash, version: 0 });
    for (const earlier of seen) assert.deepEqual(earlier, { clash: undefined, version: 0 });
    assert.equal(await store.findOrderOfPayment(PAYMENT_ID), first);
    const clashed = await peek(store, { orderId: second, paymentId: PAYMENT_ID });
    assert.equal(clashed.version, 1);
    assert.deepEqual(clashed.payments, []);
    assert.deepEqual(clashed.causes, [`clash:${PAYMENT_ID}`]);
    assert.deepEqual(await store.readTimeline(second), [], "the first run left an event");
    const keys = (await store.readTasks({ limit: 10 })).map(({ key }) => key);
    assert.deepEqual(keys, [`look:${first}`], "the first run left a task");
  }

  describe(`A clash on ${engine.name}`, () => {
    test("transact() decides again when the payment is stored under another order", async () => {
      await using opened = await engine.open();
      const runs: Aggregate[] = [];
      await opened.store.transact({ orderId: "clash_001" }, claimPayment([]));
      const target = { orderId: "clash_002", paymentId: PAYMENT_ID };
      assert.equal(await opened.store.transact(target, claimPayment(runs)), "clash");
      await checkSecond(opened.store, { runs });
    });

    test("transact() decides again when both orders come in one batch", async () => {
      await using opened = await engine.open();
      const ids = ["clash_001", "clash_002"];
      const runs = new Map(ids.map((id) => [id, [] as Aggregate[]]));
      const outcomes = await Promise.all(
        ids.map((orderId) => opened.store.transact({ orderId }, claimPayment(runs.get(orderId) ?? []))),
      );
      // An engine that others share takes them in no order.
      assert.deepEqual(outcomes.toSorted(), ["clash", "stored"]);
      if (engine.isExclusive) assert.deepEqual(outcomes, ["stored", "clash"]);
      const [second = "", first = ""] = outcomes[1] === "clash" ? ids.toReversed() : ids;
      await checkSecond(opened.store, { first, second, runs: runs.get(second) ?? [] });
    });

    test("transact() refuses a decision that writes the payment although it knows of the clash", async () => {
      await using opened = await engine.open();
      await opened.store.transact({ orderId: "clash_001" }, claimPayment([]));
      let runs = 0;
      const code = await refusalCode(
        opened.store.transact({ orderId: "clash_003" }, ({ orderId }) => {
          runs += 1;
          return { outcome: 0, payments: [samplePayment({ orderId, paymentId: PAYMENT_ID })] };
        }),
      );
      assert.equal(code, "internal_error");
      assert.ok(runs === 2 || runs === 3, `it was decided ${runs} times`);
      assert.equal((await peek(opened.store, { orderId: "clash_003" })).version, 0);
    });
  });
}
