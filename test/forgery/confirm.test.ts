// R33: the confirm step skipped or forged. Goal: confirm_url is the page's to give, and anyone can call it; so nothing is ever paid by
// it, nothing is kept from being paid by it, and it costs little. Method: the real server, a shop's hook, the emulator; time stands still.
import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import { answers, openConfirmWorld, yes } from "../support/open-confirm-world.ts";
import { until } from "../support/until.ts";

const world = await openConfirmWorld();
after(() => world[Symbol.asyncDispose]());
const { dojang, emulator, clock } = world;
beforeEach(() => {
  world.says = yes;
  world.questions.length = 0;
  emulator.requests.clear();
});

const PRICE = 50_000;
const LEASE_MS = 3 * 60_000;
let count = 1;
const forgedId = () => `imp_9${String(count++).padStart(11, "0")}`;
const confirm = (order: string, imp_uid: string, amount: unknown = PRICE) =>
  world.confirm({ imp_uid, merchant_uid: order, amount });
const complete = async (order: string, imp_uid: string): Promise<string> =>
  (await dojang.complete({ imp_uid, merchant_uid: order })).body.status;
const read = async (order: string) => (await dojang.read(order)).body;

/** Not one row may differ by what was tried. */
async function expectUntouched(order: string, attempt: () => Promise<{ status: number }>): Promise<void> {
  const before = [await read(order), await world.events(order)];
  assert.equal((await attempt()).status, 409);
  assert.deepEqual([await read(order), await world.events(order)], before);
}

describe("a confirm that is skipped", () => {
  test("R33-a verification holds without it: a wrong amount is refused, the right one pays", async () => {
    const order = await world.order();
    assert.equal(await complete(order, world.pay(order, { amount: 100 })), "forgery");
    assert.equal(await complete(order, world.pay(order)), "success");
    assert.deepEqual(world.questions, []);
  });

  test("R33-b verification holds after it was refused: what was approved all the same is what counts", async () => {
    world.says = answers(409, '{"reason":"sold out"}');
    const order = await world.order();
    const imp_uid = world.pay(order);
    assert.equal((await confirm(order, imp_uid)).status, 409);
    assert.equal(await complete(order, imp_uid), "success");
  });
});

describe("a confirm that is forged", () => {
  test("R33-c pays nothing, and asks the gateway nothing", async () => {
    const order = await world.order();
    assert.equal((await confirm(order, forgedId())).status, 200);
    const { status, payments, imp_uid } = await read(order);
    assert.deepEqual([status, payments, imp_uid], ["pending", [], null]);
    assert.deepEqual(emulator.requests.lines(), []);
  });

  test("R33-d a thousand times for one payment: one event, one question, one write", async () => {
    const order = await world.order();
    const imp_uid = forgedId();
    const { version } = await read(order);
    for (let round = 0; round < 20; round += 1) {
      const crowd = Array.from({ length: 50 }, () => confirm(order, imp_uid));
      for (const answer of await Promise.all(crowd)) assert.equal(answer.status, 200);
    }
    assert.equal((await read(order)).version, version + 1);
    assert.deepEqual(await world.events(order), ["order.registered", "payment.let_through"]);
    // Those that came before the first answer asked the shop too.
    assert.ok(world.questions.length <= 50);
  });

  test("R33-e for a thousand payments of one order: one of them has the lease", async () => {
    const order = await world.order();
    const { version } = await read(order);
    const statuses: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const crowd = Array.from({ length: 50 }, () => confirm(order, forgedId()));
      statuses.push(...(await Promise.all(crowd)).map(({ status }) => status));
    }
    assert.equal(statuses.filter((status) => status === 200).length, 1);
    assert.equal((await read(order)).version, version + 1);
    assert.deepEqual(await world.events(order), ["order.registered", "payment.let_through"]);
  });

  test("R33-f keeps no payment from being verified, and another from being approved for 3 minutes at most", async () => {
    const [order, other] = [await world.order(), await world.order()];
    for (const id of [order, other]) assert.equal((await confirm(id, forgedId())).status, 200);
    await expectUntouched(order, () => confirm(order, forgedId()));
    assert.equal(await complete(order, world.pay(order)), "success");
    clock.advance(LEASE_MS - 1);
    await expectUntouched(other, () => confirm(other, forgedId()));
    clock.advance(1);
    assert.equal((await confirm(other, world.pay(other, { status: "ready" }))).status, 200);
  });
});

describe("a confirm for what must not be approved", () => {
  for (const amount of [
    PRICE - 1,
    PRICE + 1,
    PRICE / 100,
    PRICE * 100,
    0,
    -PRICE,
    "5e4",
    50_000.5,
    "50000 ",
  ]) {
    test(`R33-g refuses the amount ${amount}, and asks nobody`, async () => {
      const order = await world.order();
      await expectUntouched(order, () => confirm(order, forgedId(), amount));
      assert.deepEqual(world.questions, []);
    });
  }

  test("R33-h refuses an order that is past its time, one that expired and one that was cancelled", async () => {
    const pay_by = new Date(clock.now() + 60_000).toISOString();
    const [late, cancelled] = [await world.order({ pay_by }), await world.order()];
    await dojang.request("POST", `/v1/orders/${cancelled}/cancel`);
    clock.advance(60_000);
    await world.quiet();
    assert.equal((await confirm(late, forgedId())).status, 200, "up to pay_by");
    clock.advance(1);
    await expectUntouched(late, () => confirm(late, forgedId()));
    await expectUntouched(cancelled, () => confirm(cancelled, forgedId()));
    emulator.tokens.skewSeconds = 0;
    await world.pass(30_000, 30_000);
    assert.equal((await read(late)).status, "expired");
    await expectUntouched(late, () => confirm(late, forgedId()));
  });

  test("R33-i refuses any payment of a paid order, the one that paid it included", async () => {
    const { order, impUid } = await world.paidOrder();
    for (const id of [impUid, forgedId()]) await expectUntouched(order, () => confirm(order, id));
    assert.deepEqual(world.questions, []);
  });

  test("R33-j lets one of two open windows through, and the other once the first has failed", async () => {
    const order = await world.order();
    const [first, second] = [world.pay(order, { status: "ready" }), world.pay(order, { status: "ready" })];
    assert.equal((await confirm(order, first)).status, 200);
    await expectUntouched(order, () => confirm(order, second));
    assert.equal((await confirm(order, first)).status, 200, "i'mport may ask again");
    emulator.fail(first);
    assert.equal((await confirm(order, second)).status, 200);
    await expectUntouched(order, () => confirm(order, forgedId()));
    emulator.lateApprove(second);
    assert.equal(await complete(order, second), "success");
  });

  test("R33-k keeps the lease of a window that the gateway shows open, paid, another order's or not at all", async () => {
    for (const place of ["open", "paid", "another", "trouble"]) {
      const order = await world.order();
      const owner = place === "another" ? await world.order() : order;
      const first = world.pay(owner, {
        status: place === "open" ? "ready" : place === "another" ? "failed" : "paid",
      });
      assert.equal((await confirm(order, first)).status, 200);
      if (place === "trouble") emulator.override({ path: `/payments/${first}` }, { status: 500 });
      await expectUntouched(order, () => confirm(order, forgedId()));
      emulator.overrides.clear();
    }
  });

  test("R33-l two at the same time for one order, 20 times: one is let through", async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const order = await world.order();
      const answered = await Promise.all([confirm(order, forgedId()), confirm(order, forgedId())]);
      assert.deepEqual(answered.map(({ status }) => status).sort(), [200, 409]);
    }
  });
});

describe("the shop's own answer", () => {
  for (const [id, what, says] of [
    ["R33-m", "no", answers(409, '{"reason":"x"}')],
    ["R33-n", "500", answers(500, "{}")],
    ["R33-o", "a redirect to a yes", answers(302, "", { location: "/yes" })],
    ["R33-p", "a permanent redirect to a yes", answers(308, "", { location: "/yes" })],
    [
      "R33-q",
      "a connection that breaks",
      (request: { socket: { destroy(): void } }) => request.socket.destroy(),
    ],
  ] as const) {
    test(`${id} ${what} refuses, and leases nothing`, async () => {
      world.says = says as typeof world.says;
      const order = await world.order();
      const imp_uid = forgedId();
      await expectUntouched(order, () => confirm(order, imp_uid));
      assert.equal(world.questions.length, 1);
      world.says = yes;
      assert.equal((await confirm(order, forgedId())).status, 200);
    });
  }

  test("R33-r none within 1.2 s refuses, inside of the 2 s", async () => {
    world.says = () => {};
    const order = await world.order();
    const started = clock.now();
    const answer = confirm(order, forgedId());
    await until("the shop is asked", () => world.questions.length === 1);
    clock.advance(1200);
    assert.equal((await answer).status, 409);
    assert.ok(clock.now() - started < 2000);
    assert.deepEqual(await world.events(order), ["order.registered"]);
  });
});

describe("an order that is not ours", () => {
  test("R33-s is answered alike, whatever its id: no oracle, no question, no row", async () => {
    const foreign = world.pay("somebody-elses-order");
    const minted = `dj_${"0".repeat(36)}`;
    const known = await world.order();
    const before = await read(known);
    const asked = ["somebody-elses-order", minted, "x", "../users/getToken", "주문-1", "a".repeat(100)];
    const seen = new Set<string>();
    for (const id of asked) {
      for (const imp_uid of [foreign, forgedId()]) {
        const { status, text } = await confirm(id, imp_uid);
        seen.add(`${status} ${text}`);
      }
    }
    assert.deepEqual([...seen], ['409 {"reason":"결제할 수 없는 주문입니다"}']);
    assert.deepEqual([world.questions, emulator.requests.lines()], [[], []]);
    assert.deepEqual(await read(known), before);
    for (const id of asked.slice(0, 2)) assert.deepEqual(await world.events(id), []);
  });
});
