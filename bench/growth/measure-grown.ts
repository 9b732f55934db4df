import { writeOrderCursor } from "../../src/storage/rows/order-cursor.ts";
import type { Store } from "../../src/storage/store.ts";
import { CUSTOMER, completeOrder, realOrderId, realPaymentId, registerOrder } from "./real-orders.ts";

/** One database while it is measured beside the others. */
export interface Measured {
  readonly orders: number;
  readonly store: Store;
  readonly middle: number;
}

const CONNECTIONS = 16;
export const REAL_ORDERS = 120;
const PAGE = 50;
const LOOKS = 15;

/** Registers so many fresh orders, then completes them, 16 at a time. @returns the latency of each in ms */
export async function completions(
  { store }: Measured,
  { round, count }: { readonly round: number; readonly count: number },
): Promise<readonly number[]> {
  const place = `fresh${round}`;
  const ms: number[] = [];
  await inParallel(count, (index) => registerOrder(store, realOrderId(place, index)));
  await inParallel(count, async (index) => {
    const from = performance.now();
    const kind = await completeOrder(store, realOrderId(place, index), realPaymentId(place, index));
    ms.push(performance.now() - from);
    if (kind !== "success") throw new Error(`Cannot complete order ${index}: ${kind}`);
  });
  return ms;
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const drive = async () => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, drive));
}

/** What the console and the sweep read. Each is read a few times; the median counts. @returns ms by name */
export async function reads({ store, middle, orders }: Measured): Promise<Readonly<Record<string, number>>> {
  const deep = writeOrderCursor({ createdAt: middle + 1, orderId: "~" });
  const list = (query: Partial<Parameters<Store["listOrders"]>[0]>) => () =>
    store.listOrders({ limit: PAGE, ...query });
  const day = 86_400_000;
  const marks = Array.from(
    { length: 100 },
    (_, n) => `imp_${String(Math.floor((orders / 100) * n) + 1).padStart(12, "0")}`,
  );
  const looks: Readonly<Record<string, () => Promise<unknown>>> = {
    "orders: first page": list({}),
    "orders: deep page": list({ cursor: deep }),
    "orders by status: first page": list({ status: "paid" }),
    "orders by status: deep page": list({ status: "paid", cursor: deep }),
    "orders by status: none there": list({ status: "awaiting_deposit" }),
    "orders by customer": list({ customerId: CUSTOMER.id }),
    "orders by customer and status: none there": list({ customerId: CUSTOMER.id, status: "refunded" }),
    "search: order id": list({ text: realOrderId("new", 1) }),
    "search: payment id": list({ text: realPaymentId("new", 1) }),
    "search: phone": list({ text: CUSTOMER.tel }),
    "search: phone, deep page": list({ text: CUSTOMER.tel, cursor: deep }),
    "search: mail": list({ text: CUSTOMER.email }),
    "search: nothing found": list({ text: "nobody@example.com" }),
    "one order": () => store.readOrder(realOrderId("new", 1)),
    "tasks: dead": () => store.listTasks({ state: "dead", limit: PAGE }),
    "tasks: failing": () => store.listTasks({ state: "failing", limit: PAGE }),
    "tasks: done": () => store.listTasks({ state: "done", limit: PAGE }),
    "deliveries: first page": () => store.listDeliveries({ limit: PAGE }),
    "discrepancies: open": () => store.listDiscrepancies({ isOpen: true, limit: PAGE }),
    "money of a day": () => store.readDailyMoney({ from: middle, to: middle + day, isSandbox: false }),
    "sweep: marks of 100 payments": () => store.readPaymentMarks(marks),
    "tasks: next due": () => store.nextTaskDueAt(),
  };
  const seen: Record<string, number> = {};
  for (const [name, look] of Object.entries(looks)) {
    await look().catch((error: unknown) => {
      throw new Error(`Cannot read ${name} of ${orders} orders`, { cause: error });
    });
    const ms: number[] = [];
    for (let n = 0; n < LOOKS; n += 1) {
      const from = performance.now();
      await look();
      ms.push(performance.now() - from);
    }
    seen[name] = median(ms);
  }
  return seen;
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
