// R46: points and stock. Dojang keeps neither; what it owes the shop is one order.paid an order, under one id, however many
// tell of the payment and however often the shop's endpoint fails. Goal: a shop that applies each id once ends with the right
// balance. Method: a hundred orders of one customer, completed and told of at once; the example shop's own signature check.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { readSigned } from "../../examples/shop/dojang.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { pass, SECOND_MS } from "../support/forgery-time.ts";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

/** A shop that gives points for each order.paid, and remembers the ids that it has handled. */
const points = {
  balance: 0,
  ids: new Map<string, string>(),
  attempts: [] as { id: string; order: string }[],
  /** So many next requests are dropped after they took effect, or refused before. */
  failures: [] as ("before" | "after")[],
};
const shop = createServer(async (request, response) => {
  const failure = points.failures.shift();
  if (failure === "before") {
    request.resume().once("end", () => response.writeHead(503).end());
    return;
  }
  const event = readSigned({ headers: request.headers, body: await text(request).catch(() => "") }, SECRET);
  if (event === undefined) return void response.writeHead(401).end();
  const id = String(request.headers["webhook-id"]);
  const { merchant_uid: order = "" } = event.data;
  if (event.type === "order.paid") {
    points.attempts.push({ id, order });
    if (!points.ids.has(id)) points.balance += PRICE;
    points.ids.set(id, order);
  }
  if (failure === "after") response.destroy();
  else response.writeHead(204).end();
});
shop.listen(0, "127.0.0.1");
await once(shop, "listening");
const clock = new ManualClock(Date.now());
const world = await openWorld({
  clock,
  env: {
    DOJANG_EVENTS_URL: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/dojang-events`,
    DOJANG_EVENTS_SECRET: SECRET,
  },
});
after(async () => {
  await world.close();
  shop.closeAllConnections();
  shop.close();
});

async function begin(count: number) {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  await pass(scene, 0);
  Object.assign(points, { balance: 0, ids: new Map(), attempts: [], failures: [] });
  const customer = { id: "customer-46" };
  const orders = await Promise.all(Array.from({ length: count }, () => scene.order({ customer })));
  return { scene, paid: orders.map((order) => ({ order, payment: scene.pay(order) })) };
}

async function expectOnce(scene: Scene, paid: Awaited<ReturnType<typeof begin>>["paid"]): Promise<void> {
  for (const { order, payment } of paid) {
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: ["order.registered", "order.paid"],
    });
  }
  assert.equal(points.balance, paid.length * PRICE);
  assert.deepEqual([...points.ids.values()].toSorted(), paid.map(({ order }) => order).toSorted());
  const idsOf = (order: string) =>
    new Set(points.attempts.filter((one) => one.order === order).map(({ id }) => id));
  for (const { order } of paid) assert.equal(idsOf(order).size, 1, "one id an order, however often it came");
  scene.seenLines();
  await scene.expectBystandersUnchanged();
}

/** Lets a minute pass at most: within five the example shop still takes what was signed, and each event is tried twice. */
async function deliverAll(scene: Scene): Promise<void> {
  for (let second = 0; second < 60; second += 1) {
    await pass(scene, SECOND_MS);
    const { body } = await scene.dojang.request("GET", "/v1/deliveries?state=due&limit=1");
    if (body.data.length === 0) return;
  }
  assert.fail("some events are not taken within a minute");
}

describe("a hundred payments of one customer at the same time", () => {
  test("R46-a told by page and webhook at once give each their points once", async () => {
    const { scene, paid } = await begin(100);
    const answers = await Promise.all(
      paid.flatMap(({ order, payment }) => [
        scene.complete(payment, order),
        scene.dojang.webhook({ imp_uid: payment.imp_uid, merchant_uid: order }),
      ]),
    );
    assert.deepEqual(new Set(answers.map(({ body }) => body.status)), new Set(["success", "ok"]));
    await deliverAll(scene);
    await expectOnce(scene, paid);
    assert.equal(points.attempts.length, 100);
  });

  test("R46-b whose shop fails every other time, after the points were given, give them once", async () => {
    const { scene, paid } = await begin(40);
    points.failures = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? "after" : "before"));
    await Promise.all(paid.map(({ order, payment }) => scene.complete(payment, order)));
    await deliverAll(scene);
    assert.equal(points.attempts.length, 60, "half of them took effect and came again");
    await expectOnce(scene, paid);
  });

  test("R46-c of which every other one is a forgery give points for the honest ones alone", async () => {
    const { scene, paid } = await begin(20);
    const cheap = await Promise.all(paid.map(() => scene.order({ customer: { id: "customer-46" } })));
    const forged = cheap.map((order) => ({ order, payment: scene.pay(order, { amount: 100 }) }));
    const answers = await Promise.all(
      [...paid, ...forged].map(({ order, payment }) => scene.complete(payment, order)),
    );
    assert.equal(answers.filter(({ body }) => body.status === "forgery").length, 20);
    await deliverAll(scene);
    await expectOnce(scene, paid);
  });

  test("R46-d for the last piece in stock: one order, forty payments, one order.paid", async () => {
    const { scene, paid } = await begin(1);
    const [{ order, payment: first } = assert.fail("one order")] = paid;
    const payments = [first, ...Array.from({ length: 39 }, () => scene.pay(order))];
    const answers = await Promise.all(payments.map((payment) => scene.complete(payment, order)));
    assert.equal(answers.filter(({ body }) => body.status === "success").length, 1);
    await pass(scene, 0, SECOND_MS); // the findings about the others follow, one a second
    const { order: row, events } = await scene.stored(order);
    assert.equal(events.filter((type) => type === "order.paid").length, 1);
    assert.equal(row.payments.filter(({ verdict }: { verdict: string }) => verdict === "surplus").length, 39);
    assert.deepEqual([points.balance, points.ids.size], [PRICE, 1]);
    await scene.expectBystandersUnchanged();
  });
});
