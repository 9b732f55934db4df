import type { Store } from "../../../src/storage/store.ts";

/** All that the port tells of these orders, and of everything that concerns no order. */
export async function readAll(store: Store, orderIds: readonly string[]) {
  const page = { limit: 100 };
  const orders = await Promise.all(
    orderIds.map(async (orderId) => ({
      view: await store.readOrder(orderId),
      timeline: await store.readTimeline(orderId),
      audit: await store.readAudit(orderId),
      tasks: await store.readTasks({ orderId, ...page }),
      aggregate: await store.transact({ orderId }, (aggregate) => ({ outcome: { ...aggregate, now: 0 } })),
    })),
  );
  return {
    orders,
    list: await store.listOrders(page),
    byPhone: await store.listOrders({ text: "010-1234-5678", ...page }),
    discrepancies: await store.listDiscrepancies(page),
    deliveries: await store.listDeliveries(page),
    tasks: await store.listTasks(page),
    nextTaskDueAt: await store.nextTaskDueAt(),
    acts: await store.listActs(page),
    hints: await store.readHints(100),
    money: await store.readDailyMoney({ from: 0, to: Date.UTC(2100, 0), isSandbox: true }),
    cursor: await store.readCursor("sweep"),
  };
}
