import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Order } from "../../../src/domain/order.ts";
import type { OrderQuery, Store } from "../../../src/storage/store.ts";
import type { Engine } from "../../support/engine.ts";
import {
  application,
  refusalCode,
  registration,
  SAMPLE_TIME,
  sampleOrder,
  samplePayment,
} from "./samples.ts";

async function register(store: Store, changes: Partial<Order> & { readonly orderId: string }): Promise<void> {
  const order = sampleOrder(changes);
  await store.transact({ orderId: order.orderId }, () => registration(order));
}

async function listIds(store: Store, query: Partial<OrderQuery>): Promise<string[]> {
  const page = await store.listOrders({ limit: 100, ...query });
  return page.orders.map(({ order }) => order.orderId);
}

/** What every engine promises of reads: one consistent look, pages without gaps, search by exact value. */
export function testReads(engine: Engine): void {
  describe(`Reads on ${engine.name}`, () => {
    // Goal: a read never sees half a write. Method: orders are paid in waves, and every read in between must find order,
    // payment, event and version of the same moment.
    test("readOrder() sees whole writes while others write", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const ids = Array.from({ length: 40 }, (_, index) => `whole_${String(index).padStart(4, "0")}`);
      let isWriting = true;
      const writing = Promise.all(
        ids.map(async (orderId) => {
          await register(store, { orderId });
          await store.transact({ orderId }, ({ order }) =>
            application(
              order ?? assert.fail("The order is missing"),
              samplePayment({ orderId, paymentId: `imp_${orderId}` }),
            ),
          );
        }),
      ).finally(() => {
        isWriting = false;
      });
      let reads = 0;
      while (isWriting) {
        for (const view of (await store.listOrders({ limit: 100 })).orders) {
          const isPaid = view.order.status === "paid";
          assert.equal(view.version, isPaid ? 2 : 1);
          assert.equal(view.payments.length, isPaid ? 1 : 0);
          reads += 1;
        }
        await new Promise(setImmediate);
      }
      await writing;
      assert.ok(reads > 0);
      assert.equal((await listIds(store, { status: "paid" })).length, 40);
    });

    test("listOrders() pages newest first without a gap or a repeat, while orders come in", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      // Threes of the same moment: the id decides.
      const ids = Array.from({ length: 25 }, (_, index) => `page_${String(index).padStart(4, "0")}`);
      for (const [index, orderId] of ids.entries()) {
        await register(store, { orderId, createdAt: SAMPLE_TIME + Math.floor(index / 3) });
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.listOrders({ limit: 4, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.orders.map(({ order }) => order.orderId));
        cursor = page.nextCursor;
        await register(store, { orderId: `late_${seen.length}`, createdAt: SAMPLE_TIME + 1_000 });
      } while (cursor !== undefined);
      assert.deepEqual(seen, ids.toReversed());
    });

    test("listOrders() gives no cursor when the last page is full", async () => {
      await using opened = await engine.open();
      await register(opened.store, { orderId: "last_0001" });
      await register(opened.store, { orderId: "last_0002" });
      const page = await opened.store.listOrders({ limit: 2 });
      assert.equal(page.orders.length, 2);
      assert.equal(page.nextCursor, undefined);
      assert.deepEqual(await opened.store.listOrders({ limit: 2, status: "expired" }), { orders: [] });
    });

    test("listOrders() filters by status and by customer, in pages", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      for (let index = 0; index < 8; index += 1) {
        await register(store, {
          orderId: `filter_${index}`,
          createdAt: SAMPLE_TIME + index,
          status: index % 2 === 0 ? "expired" : "pending",
          customer: { id: index < 4 ? "Ann" : "ann" },
        });
      }
      assert.deepEqual(await listIds(store, { status: "expired" }), [
        "filter_6",
        "filter_4",
        "filter_2",
        "filter_0",
      ]);
      assert.deepEqual(await listIds(store, { customerId: "Ann", status: "pending" }), [
        "filter_3",
        "filter_1",
      ]);
      const first = await store.listOrders({ limit: 1, customerId: "ann", status: "pending" });
      assert.ok(first.nextCursor);
      assert.deepEqual(
        await listIds(store, { limit: 1, customerId: "ann", status: "pending", cursor: first.nextCursor }),
        ["filter_5"],
      );
    });

    test("listOrders() finds an order by id, payment, phone and mail, exact", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const customer = { name: "홍길동", tel: "+82 10-1234-5678", email: " Hong@Example.com" };
      await register(store, { orderId: "find_0001", customer });
      await register(store, {
        orderId: "find_0002",
        createdAt: SAMPLE_TIME + 1,
        customer: { tel: "01012345678" },
      });
      await register(store, {
        orderId: "find_0003",
        customer: { tel: "010-9999-0000", email: "other@example.com" },
      });
      const payment = samplePayment({ orderId: "find_0003", paymentId: "imp_find" });
      await store.transact({ orderId: "find_0003" }, () => ({ outcome: 0, payments: [payment] }));
      const rows: readonly (readonly [string, readonly string[]])[] = [
        ["find_0001", ["find_0001"]],
        ["imp_find", ["find_0003"]],
        ["010 1234 5678", ["find_0002", "find_0001"]],
        ["+821012345678", ["find_0002", "find_0001"]],
        ["+82 (0)10-1234-5678", ["find_0002", "find_0001"]],
        ["0082-10-1234-5678", ["find_0002", "find_0001"]],
        ["hong@example.COM ", ["find_0001"]],
        ["01012345679", []],
        ["hong@example.co", []],
        ["FIND_0001", []],
        ["find_000", []],
        ["홍길동", []],
        ["", []],
        ["%", []],
      ];
      for (const [text, ids] of rows) assert.deepEqual(await listIds(store, { text }), ids, text);
      assert.deepEqual(await listIds(store, { text: "01012345678", status: "paid" }), []);
    });

    test("listOrders() refuses a cursor that it did not give", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      for (const orderId of ["cursor_01", "cursor_02"]) await register(store, { orderId });
      const { nextCursor = assert.fail("There is no second page") } = await store.listOrders({ limit: 1 });
      const bad = [
        "",
        "x",
        `${nextCursor}=`,
        `${nextCursor}A`,
        nextCursor.slice(1),
        "W10",
        "bnVsbA",
        "e30",
        "\u0000",
      ];
      for (const cursor of bad) {
        assert.equal(await refusalCode(store.listOrders({ limit: 1, cursor })), "invalid_cursor", cursor);
      }
      for (const limit of [0, 101, 1.5, Number.NaN]) {
        assert.equal(await refusalCode(store.listOrders({ limit })), "invalid_request", String(limit));
      }
    });

    test("readOrder() gives all payments and discrepancies, oldest first", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const orderId = "oldest_01";
      await register(store, { orderId });
      for (const paymentId of ["imp_z", "imp_a", "imp_m"]) {
        const payment = samplePayment({ orderId, paymentId, verdict: "surplus" });
        const evidence = { raw: payment.raw, amount: 1, isReal: true, none: null };
        await store.transact({ orderId }, () => ({
          outcome: 0,
          payments: [payment],
          discrepancies: [{ kind: "surplus", cause: `surplus:${paymentId}`, paymentId, evidence }],
        }));
      }
      const view = await store.readOrder(orderId);
      assert.deepEqual(
        view?.payments.map(({ paymentId }) => paymentId),
        ["imp_z", "imp_a", "imp_m"],
      );
      assert.deepEqual(view.discrepancies.map(({ cause }) => cause).toSorted(), [
        "surplus:imp_a",
        "surplus:imp_m",
        "surplus:imp_z",
      ]);
      const first = view.discrepancies.find(({ paymentId }) => paymentId === "imp_z");
      assert.equal(first?.orderId, orderId);
      assert.equal(first.evidence["none"], null);
      assert.equal(typeof first.evidence["raw"], "string");
    });

    test("hasOrder(), readOrder() and findOrderOfPayment() know nothing of what is not there", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const orphan = samplePayment({ orderId: "orphan_09", paymentId: "imp_orphan" });
      await store.transact({ orderId: "orphan_09" }, () => ({ outcome: 0, payments: [orphan] }));
      assert.equal(await store.hasOrder("orphan_09"), false);
      assert.equal(await store.readOrder("orphan_09"), undefined);
      assert.equal(await store.findOrderOfPayment("imp_orphan"), "orphan_09");
      assert.equal(await store.findOrderOfPayment("imp_ORPHAN"), undefined);
      assert.deepEqual(await store.readTimeline("nowhere_1"), []);
      assert.equal(await store.nextTaskDueAt(), undefined);
    });
  });
}
