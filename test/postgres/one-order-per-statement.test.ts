// Goal: an order and all that hangs on it can live on one of many machines, chosen by its merchant_uid (docs/scaling.md).
// Method: the real server on PostgreSQL does all that is done for two orders, by HTTP and by its tasks; every statement that it sends is
// held against the ids of the orders. What binds none is named here, with the reason.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { Statement } from "../../src/storage/postgres/session.ts";
import { openReceiver, type Receiver } from "../emulator/open-receiver.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";

/** What may be sent while an order is worked on and binds no merchant_uid. */
const WITHOUT_ORDER: Readonly<Record<string, string>> = {
  begin: "asks for no row",
  begin_read: "asks for no row",
  commit: "asks for no row",
  rollback: "asks for no row",
  same_transaction:
    "looks whether the PG's number stands under another order; tells, locks and refuses nothing",
  order_of_payment: "a webhook that names no order, or a payment: the global index of imp_uid",
  payment_marks: "a sweep reads many payments of the gateway's list",
  claim_tasks: "tasks are one queue",
  finish_task: "a task has its own key",
  fail_task: "a task has its own key",
  next_due: "tasks are one queue",
  add_task_once: "verify tasks are of a payment whose order nobody has checked yet",
  add_task_again: "verify tasks are of a payment whose order nobody has checked yet",
  next_hint_block: "a sequence",
  insert_hint: "the order that a webhook names is not checked, and may be missing",
  delivery: "from a task's key to its event",
  deliveries_ahead: "from an event to those of the same order",
  cursor: "small values of the process",
  save_cursor: "small values of the process",
  replace_cursor: "small values of the process",
  take_audit_numbers: "one number over all chains, taken last and in the order of writing",
};
/** Statements at the start and by the clock, and what this test reads itself. */
const OF_NO_ORDER = new Set(["half_copy", "seal_keys", "insert_seal_key", "recall_tasks", "tasks", ""]);

let emulator: Emulator;
let shop: Receiver;
let dojang: TestDojang;
let url: string;
const orders: string[] = [];
const sent: Statement[] = [];

before(async () => {
  emulator = await startEmulator();
  emulator.webhooks.auto = false;
  shop = await openReceiver();
  url = await makeDatabase();
  dojang = await startTestDojang({
    emulator,
    env: {
      DATABASE_URL: url,
      DOJANG_EVENTS_URL: shop.url,
      DOJANG_EVENTS_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
    },
    onStatement: (statement) => void sent.push(statement),
  });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await dropDatabase(url);
  await shop[Symbol.asyncDispose]();
  await emulator.close();
});

/** The orders among the values, each once. */
function ordersIn({ values }: Statement): string[] {
  const texts = values.flatMap((value) => (Array.isArray(value) ? value : [value]));
  return orders.filter((order) => texts.includes(order));
}

const namesOf = (statements: readonly Statement[]) => [...new Set(statements.map(({ name }) => name))].sort();

async function live(): Promise<string> {
  const order = (await dojang.order()).body.merchant_uid;
  orders.push(order);
  const { imp_uid } = emulator.pay({ merchant_uid: order, amount: 50_000, sandbox: true });
  const ids = { imp_uid, merchant_uid: order };
  await Promise.all([dojang.complete(ids), dojang.webhook(ids), dojang.complete(ids)]);
  await dojang.request("POST", `/v1/orders/${order}/verify`);
  const refund = await dojang.request("POST", `/v1/orders/${order}/refunds`, {
    body: { amount: 20_000, reason: "one of two" },
    headers: { "idempotency-key": `key-${order}` },
  });
  assert.equal(refund.status, 202, refund.text);
  await until("the refund is done", async () => {
    const view = await dojang.dojang.deps.store.readOrder(order);
    return view?.refunds[0]?.state === "succeeded";
  });
  return order;
}

describe("on PostgreSQL", () => {
  test("every statement for an order binds its merchant_uid and no other one's", async () => {
    await Promise.all([live(), live()]);
    const { store } = dojang.dojang.deps;
    await until("every event is delivered", async () =>
      (await store.readTasks({ limit: 1000 })).every(
        ({ kind, state }) => kind !== "deliver" || state === "done",
      ),
    );
    const statements = sent.filter(({ name }) => !OF_NO_ORDER.has(name));
    assert.deepEqual(namesOf(statements.filter((statement) => ordersIn(statement).length > 1)), []);
    const without = namesOf(statements.filter((statement) => ordersIn(statement).length === 0));
    const unnamed = without.filter((name) => WITHOUT_ORDER[name] === undefined);
    assert.deepEqual(unnamed, [], "a statement of the hot path that binds no merchant_uid");
    // The test has seen the hot path.
    const seen = new Set(namesOf(statements));
    for (const name of [
      "lock_root",
      "order_for_decision",
      "insert_order",
      "update_order",
      "write_payment",
      "insert_event",
    ])
      assert.ok(seen.has(name), name);
    for (const name of [
      "raise_root",
      "insert_refund",
      "update_refund",
      "insert_hint",
      "insert_audit",
      "delivery",
    ])
      assert.ok(seen.has(name), name);
  });

  test("every exception is one that is sent", () => {
    const seen = new Set(namesOf(sent));
    const rare = [
      "payment_marks",
      "fail_task",
      "replace_cursor",
      "save_cursor",
      "order_of_payment",
      "rollback",
    ];
    const stale = Object.keys(WITHOUT_ORDER).filter((name) => !seen.has(name) && !rare.includes(name));
    assert.deepEqual(stale, []);
  });
});
