// R49: webhooks, browsers, deposits and looks in any order. Goal: the end does not depend on the order in which news arrives. Method:
// every permutation of the same events, each on an order of its own, many orders at the same time; the ends are compared.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { PaymentRecord } from "../../src/emulator/payment-record.ts";
import { lookAtOrder } from "../../src/usecases/look-at-order.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { assertOnlyAllowedLines } from "../support/forgery-wire.ts";
import { until } from "../support/until.ts";

const world = await openWorld();
after(() => world.close());
const { deps } = world.dojang.dojang;

/** How many orders are under way at the same time. */
const WIDTH = 24;

interface Subject {
  readonly scene: Scene;
  readonly order: string;
  readonly payment: PaymentRecord;
}

type Event = (subject: Subject) => Promise<unknown>;

const hint =
  (status: string): Event =>
  ({ scene, payment }) =>
    scene.emulator.webhooks.send(payment.imp_uid, { fields: { status } });
const complete: Event = ({ scene, order, payment }) => scene.complete(payment, order);
const look: Event = ({ order }) => lookAtOrder(deps, { orderId: order });
const redirect: Event = ({ scene, order, payment: { imp_uid } }) =>
  scene.dojang.request("GET", `/payments/redirect?${new URLSearchParams({ imp_uid, merchant_uid: order })}`);
/** The bank tells the gateway, and the gateway tells us, once. */
const deposit: Event = async ({ scene, payment }) => scene.emulator.deposit(payment.imp_uid);

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

/** Plays every permutation on a subject of its own, and waits until all that it set off has ended. */
async function playAll(events: readonly Event[], open: () => Promise<Subject>): Promise<Subject[]> {
  const waiting = permutations(events);
  const subjects: Subject[] = [];
  const work = async () => {
    for (let events = waiting.pop(); events !== undefined; events = waiting.pop()) {
      const subject = await open();
      for (const event of events) await event(subject);
      subjects.push(subject);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  await world.emulator.webhooks.idle();
  await until("every hint has been followed by its look", async () => {
    const tasks = await deps.store.readTasks({ limit: 100_000 });
    return tasks.every(({ kind, state }) => kind !== "verify" || state === "done");
  });
  return subjects;
}

/** What all ends must have in common, with the ids left out. */
async function endOf({ scene, order, payment }: Subject) {
  const { body: row } = await scene.dojang.read(order);
  const events = (await deps.store.readTimeline(order)).map(({ type }) => type);
  assert.ok(row.imp_uid === null || row.imp_uid === payment.imp_uid);
  assert.ok([undefined, payment.vbank_num].includes(row.virtual_account?.vbank_num));
  return {
    status: row.status,
    isPaid: row.paid_at !== null,
    refunded: row.refunded_amount,
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
    payments: row.payments.map(({ verdict, status, amount, cancelled_amount, clauses }: any) => [
      verdict,
      status,
      amount,
      cancelled_amount,
      // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
      clauses.every(({ holds }: any) => holds),
    ]),
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
    discrepancies: row.discrepancies.map(({ kind }: any) => kind),
    // Whether the account was seen before its deposit is history, not state; it is told once at most.
    events: events.filter((type) => type !== "order.awaiting_deposit"),
    isAccountToldOnce: new Set(events).size === events.length,
  };
}

async function expectOneEnd(subjects: readonly Subject[], expected: Awaited<ReturnType<typeof endOf>>) {
  for (const subject of subjects) assert.deepEqual(await endOf(subject), expected, subject.order);
  const texted = (await deps.store.readTasks({ limit: 100_000 })).filter(({ key }) => key.startsWith("sms:"));
  assert.equal(new Set(texted.map(({ orderId }) => orderId)).size, texted.length, "texted once at most");
  const lines = world.emulator.requests.lines();
  assertOnlyAllowedLines(lines, { isLive: false });
  // Each event looks once at most, and so does the order's own schedule: never a storm.
  const looks = new Map<string, number>();
  for (const line of lines) looks.set(line, (looks.get(line) ?? 0) + 1);
  for (const { scene, payment } of subjects)
    assert.ok((looks.get(scene.lookLine(payment)) ?? 0) <= 8, "not more looks than news");
}

describe("news in any order", () => {
  test("R49-a 720 orders of six events end in the same state", async () => {
    const scene = await world.scene();
    const events = [hint("ready"), complete, deposit, hint("paid"), hint("cancelled"), look];
    const subjects = await playAll(events, async () => {
      const order = await scene.order({ customer: { tel: "010-1234-5678" } });
      return { scene, order, payment: scene.pay(order, { pay_method: "vbank", status: "ready" }) };
    });
    assert.equal(subjects.length, 720);
    await expectOneEnd(subjects, {
      status: "paid",
      isPaid: true,
      refunded: 0,
      payments: [["applied", "paid", 50_000, 0, true]],
      discrepancies: [],
      events: ["order.registered", "order.paid"],
      isAccountToldOnce: true,
    });
    await scene.expectBystandersUnchanged();
  });

  test("R49-b 120 orders of five hints about a payment that was cancelled end in the same state", async () => {
    const scene = await world.scene();
    scene.emulator.webhooks.auto = false;
    const events = [hint("cancelled"), hint("paid"), complete, look, redirect];
    const subjects = await playAll(events, async () => {
      const order = await scene.order();
      const payment = await scene.expectHonestPaymentPays(order);
      scene.emulator.silentCancel(payment.imp_uid);
      return { scene, order, payment };
    });
    assert.equal(subjects.length, 120);
    await expectOneEnd(subjects, {
      status: "refunded",
      isPaid: true,
      refunded: 50_000,
      payments: [["reversed", "cancelled", 50_000, 50_000, true]],
      discrepancies: ["cancelled_elsewhere"],
      events: ["order.registered", "order.paid", "order.refunded", "discrepancy.opened"],
      isAccountToldOnce: true,
    });
  });

  test("R49-c 24 orders of news about two payments of one order leave one payer and one surplus", async () => {
    const scene = await world.scene();
    const second = new Map<string, PaymentRecord>();
    const ofSecond =
      (event: Event): Event =>
      (subject) =>
        event({ ...subject, payment: second.get(subject.order) ?? subject.payment });
    const events = [hint("paid"), complete, ofSecond(hint("paid")), ofSecond(complete)];
    const subjects = await playAll(events, async () => {
      const order = await scene.order();
      second.set(order, scene.pay(order));
      return { scene, order, payment: scene.pay(order) };
    });
    assert.equal(subjects.length, 24);
    for (const { order, payment } of subjects) {
      const other = second.get(order)?.imp_uid ?? "";
      const { order: row } = await scene.stored(order);
      const [payer, rest] = row.imp_uid === other ? [other, payment.imp_uid] : [payment.imp_uid, other];
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payer,
        payments: { [payer]: "applied", [rest]: "surplus" },
        discrepancies: ["surplus"],
      });
    }
  });
});
