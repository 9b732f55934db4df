import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Aggregate, Decision } from "../../../src/domain/decision.ts";
import type { Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engines.ts";
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

  async function checkSecond(store: Store, runs: readonly Aggregate[]) {
    assert.deepEqual(
      runs.map(({ clash, version }) => [clash, version]),
      [
        [undefined, 0],
        [{ kind: "payment_of_another_order", paymentId: PAYMENT_ID, orderId: "clash_001" }, 0],
      ],
    );
    assert.equal(await store.findOrderOfPayment(PAYMENT_ID), "clash_001");
    const second = await peek(store, { orderId: "clash_002", paymentId: PAYMENT_ID });
    assert.equal(second.version, 1);
    assert.deepEqual(second.payments, []);
    assert.deepEqual(second.causes, [`clash:${PAYMENT_ID}`]);
    assert.deepEqual(await store.readTimeline("clash_002"), [], "the first run left an event");
    const keys = (await store.readTasks({ limit: 10 })).map(({ key }) => key);
    assert.deepEqual(keys, ["look:clash_001"], "the first run left a task");
  }

  describe(`A clash on ${engine.name}`, () => {
    test("transact() decides again when the payment is stored under another order", async () => {
      await using opened = await engine.open();
      const runs: Aggregate[] = [];
      await opened.store.transact({ orderId: "clash_001" }, claimPayment([]));
      const target = { orderId: "clash_002", paymentId: PAYMENT_ID };
      assert.equal(await opened.store.transact(target, claimPayment(runs)), "clash");
      await checkSecond(opened.store, runs);
    });

    test("transact() decides again when both orders come in one batch", async () => {
      await using opened = await engine.open();
      const runs: Aggregate[] = [];
      const outcomes = await Promise.all([
        opened.store.transact({ orderId: "clash_001" }, claimPayment([])),
        opened.store.transact({ orderId: "clash_002" }, claimPayment(runs)),
      ]);
      assert.deepEqual(outcomes, ["stored", "clash"]);
      await checkSecond(opened.store, runs);
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
      assert.deepEqual([code, runs], ["internal_error", 2]);
      assert.equal((await peek(opened.store, { orderId: "clash_003" })).version, 0);
    });
  });
}
