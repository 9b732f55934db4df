import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewAudit } from "../../../src/domain/decision.ts";
import type { Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engine.ts";
import { peek, refusalCode, registration, SAMPLE_TIME, sampleOrder, standingClock } from "./samples.ts";

/** One row of an order's chain, through the one door. */
export function auditOf(changes: Partial<NewAudit> = {}): NewAudit {
  return {
    action: "refund.requested",
    actor: "default",
    reason: "The buyer asked for it",
    subject: "rfd_1",
    data: { amount: "1000", currency: "KRW" },
    ...changes,
  };
}

export function writeAudit(store: Store, orderId: string, ...audit: readonly NewAudit[]): Promise<unknown> {
  return store.transact({ orderId }, () => ({ outcome: 0, audit }));
}

/** What every engine promises of the audit: nothing of it changes, each row covers the one before, orders stand apart. */
export function testAudit(engine: Engine): void {
  describe(`Audit on ${engine.name}`, () => {
    test("transact() writes who, what and why in the order's chain, and raises the version", async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      const orderId = "audit_001";
      await store.transact({ orderId }, () => registration(sampleOrder({ orderId })));
      await writeAudit(store, orderId, auditOf());
      await writeAudit(store, orderId, auditOf({ action: "order.cancelled", actor: "김 대리" }));
      assert.equal((await store.readOrder(orderId))?.version, 3);
      const [first, second, ...more] = await store.readAudit(orderId);
      assert.deepEqual(more, []);
      assert.deepEqual(
        { ...first, hash: "" },
        { ...auditOf(), orderId, position: 1, at: SAMPLE_TIME, hash: "" },
      );
      assert.equal(second?.position, 2);
      assert.equal(second.actor, "김 대리");
      assert.match(second.hash, /^[0-9a-f]{64}$/);
      assert.notEqual(first?.hash, second.hash);
      assert.deepEqual(await store.readAudit("audit_009"), []);
    });

    test("transact() writes an audit row of an id without an order, and several of one decision", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      await writeAudit(store, "audit_003", auditOf(), auditOf({ subject: "rfd_2" }));
      assert.equal((await peek(store, { orderId: "audit_003" })).version, 1);
      const rows = await store.readAudit("audit_003");
      assert.deepEqual(
        rows.map(({ position, subject }) => [position, subject]),
        [
          [1, "rfd_1"],
          [2, "rfd_2"],
        ],
      );
    });

    test("transact() keeps no audit row of a decision that failed", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      await writeAudit(store, "audit_004", auditOf());
      const stray = sampleOrder({ orderId: "another_1" });
      const failing = store.transact({ orderId: "audit_004" }, () => ({
        outcome: 0,
        audit: [auditOf()],
        order: stray,
      }));
      assert.equal(await refusalCode(failing), "internal_error");
      await writeAudit(store, "audit_004", auditOf({ subject: "rfd_2" }));
      const rows = await store.readAudit("audit_004");
      assert.deepEqual(
        rows.map(({ position, subject }) => [position, subject]),
        [
          [1, "rfd_1"],
          [2, "rfd_2"],
        ],
      );
    });

    // Goal: writers at the same time never fork a chain. Method: sixty rows of three orders and of operators at once; the
    // engine refuses a position that is taken, so a fork would be an error here.
    test("transact() gives each of many writers at once its own place in the chain", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          index % 4 === 3
            ? store.recordAct({ action: "task.retried", actor: "op", subject: `act-${index}`, data: {} })
            : writeAudit(store, `audit_a${index % 4}`, auditOf({ subject: `rfd_${index}` })),
        ),
      );
      for (const orderId of ["audit_a0", "audit_a1", "audit_a2"]) {
        const rows = await store.readAudit(orderId);
        assert.deepEqual(
          rows.map(({ position }) => position),
          Array.from({ length: 15 }, (_, index) => index + 1),
        );
        assert.equal(new Set(rows.map(({ subject }) => subject)).size, 15);
        assert.equal((await peek(store, { orderId })).version, 15);
      }
      assert.equal((await store.listActs({ limit: 100 })).acts.length, 15);
    });

    test("recordAct() writes the act with the tasks that it causes, and listActs() pages it newest first", async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      const look = {
        kind: "look",
        key: "look:act",
        repeat: "again",
        dueAt: 1,
        orderId: "act_00001",
      } as const;
      for (const subject of ["a", "b", "c", "d", "e"])
        await store.recordAct({ action: "delivery.retried", actor: "default", subject, data: { n: 1 } }, [
          look,
        ]);
      assert.equal((await store.readTasks({ limit: 5 }))[0]?.wanted, 5);
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listActs({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        for (const { orderId, reason, position, subject } of page.acts)
          seen.push([orderId, reason, position, subject]);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      assert.deepEqual(
        seen,
        ["e", "d", "c", "b", "a"].map((subject, index) => [undefined, undefined, 5 - index, subject]),
      );
      for (const bad of ["", "x", Buffer.from("a1:act_x").toString("base64url")])
        assert.equal(await refusalCode(store.listActs({ limit: 2, cursor: bad })), "invalid_cursor", bad);
    });

    test("addCheckpoint() covers the chains that grew since the last one, and nothing when none did", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      assert.equal(await store.addCheckpoint(), undefined);
      await writeAudit(store, "audit_005", auditOf(), auditOf());
      await writeAudit(store, "audit_006", auditOf());
      await store.recordAct({ action: "task.retried", actor: "op", data: {} });
      const first = await store.addCheckpoint();
      assert.deepEqual([first?.number, first?.heads], [1, 3]);
      assert.equal(await store.addCheckpoint(), undefined);
      await writeAudit(store, "audit_006", auditOf());
      const reopened = await opened.reopen();
      const second = await reopened.addCheckpoint();
      assert.deepEqual([second?.number, second?.heads], [2, 1]);
      assert.notEqual(second?.hash, first?.hash);
    });
  });
}
