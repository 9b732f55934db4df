// Goal: whatever the SMS provider does, no order waits for it, none changes by it, and nobody is texted twice where that can be known.
// Method: the real driver against a provider on loopback that fails in each way; the clock moves when the test says so.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type EventWorld, openEventWorld } from "../support/open-event-world.ts";
import { accepted, json, openSolapiDouble, type Reply, type SolapiDouble } from "../support/solapi-double.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 3_600_000;
const hangs: Reply = () => undefined;
const breaksOff: Reply = (response) => void response.destroy();
const REFUSED = accepted([{ to: "01012345678", statusCode: "1062" }]);

let provider: SolapiDouble;
let world: EventWorld;
beforeEach(async () => {
  provider = await openSolapiDouble(json(200, accepted()));
  world = await openEventWorld(settings());
});
afterEach(async () => {
  // First the provider: what hangs there ends with its connection, since no time passes any more.
  await provider[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const settings = () => ({
  DOJANG_SMS: "solapi",
  SOLAPI_API_KEY: "NCSKEYSENTINEL42",
  SOLAPI_API_SECRET: "SECRETSENTINEL42",
  SOLAPI_FROM: "02-1234-5678",
  SOLAPI_API_URL: provider.url,
  DOJANG_NOTICES: "issued",
});

/** An order with an account: answered, stored and told, whatever becomes of the text. */
async function issued(): Promise<{ order: string; impUid: string }> {
  const order = await world.order({ customer: { tel: "010-1234-5678" } });
  const due = Math.floor((world.clock.now() + 48 * HOUR_MS) / 1000);
  const impUid = world.pay(order, { status: "ready", pay_method: "vbank", vbank_date: due });
  const { body } = await world.dojang.complete({ imp_uid: impUid, merchant_uid: order });
  assert.equal(body.status, "vbankIssued");
  return { order, impUid };
}

async function textTask(order: string) {
  const tasks = await world.dojang.dojang.deps.store.readTasks({ orderId: order, limit: 100 });
  return tasks.find(({ key }) => key.startsWith("sms:account_issued:")) ?? assert.fail("there is no text");
}

async function assertUnmoved({ order, impUid }: { order: string; impUid: string }): Promise<void> {
  const { body } = await world.dojang.read(order);
  assert.deepEqual([body.status, body.version, body.discrepancies], ["awaiting_deposit", 2, []]);
  assert.deepEqual(
    world.told().map(({ event }) => event.type),
    ["order.awaiting_deposit"],
  );
  world.emulator.deposit(impUid);
  assert.equal(
    (await world.dojang.complete({ imp_uid: impUid, merchant_uid: order })).body.status,
    "success",
  );
}

describe("An SMS provider", () => {
  const ONCE = [
    ["X15-a that answers 500 after it took the message", json(500, "{}"), "http_500"],
    ["X15-b that rejects the message", json(200, REFUSED), "status_1062"],
    ["X15-c that rejects the request", json(400, '{"errorCode":"ValidationError"}'), "ValidationError"],
    ["X15-d that takes the message and breaks off", breaksOff, "connection_lost"],
    ["X15-e that answers with something else", json(200, "<html>"), "bad_answer"],
  ] as const;
  for (const [what, reply, error] of ONCE) {
    test(`${what} is asked once; the order is as it is`, async () => {
      provider.reply = reply;
      const ids = await issued();
      await world.quiet();
      const task = await textTask(ids.order);
      assert.deepEqual([task.state, task.lastError], ["dead", error]);
      await assertUnmoved(ids);
      await world.pass(24 * HOUR_MS);
      assert.equal(provider.received.length, 1);
    });
  }

  test("X15-f that hangs holds up no answer, no event and no other order, and is asked once", async () => {
    provider.reply = hangs;
    const arrived = provider.arrival();
    const ids = await issued();
    await arrived;
    await until("the shop is told", () => world.told().length === 1);
    assert.equal((await textTask(ids.order)).state, "leased");
    await assertUnmoved(ids);
    const other = await world.order();
    const { body } = await world.dojang.complete({ imp_uid: world.pay(other), merchant_uid: other });
    assert.equal(body.status, "success");
    world.clock.advance(8000);
    await world.quiet();
    const task = await textTask(ids.order);
    assert.deepEqual([task.state, task.lastError], ["dead", "timeout"]);
    await world.pass(24 * HOUR_MS);
    assert.equal(provider.received.length, 1);
  });

  test("X15-i that hangs under forty texts leaves the workers that look at payments alone", async () => {
    provider.reply = hangs;
    for (let n = 0; n < 40; n += 1) await issued();
    await until("the provider hangs", () => provider.received.length >= 4);
    const order = await world.order();
    await world.dojang.webhook({ imp_uid: world.pay(order), merchant_uid: order });
    world.clock.advance(1000);
    await until("it is paid", async () => (await world.dojang.read(order)).body.status === "paid");
    provider.reply = json(200, accepted());
    world.clock.advance(8000);
    await world.quiet();
    await world.pass(...Array<number>(10).fill(1000));
    assert.equal(provider.received.length, 40);
  });

  test("X15-g that is away is asked again until it is there, and then no more", async () => {
    provider.reply = json(503, "{}");
    const { order } = await issued();
    await world.quiet();
    assert.equal((await textTask(order)).state, "due");
    await world.pass(2000);
    provider.reply = json(200, accepted());
    await world.pass(10_000);
    const sent = provider.received.length;
    assert.ok(sent >= 2);
    assert.equal((await textTask(order)).state, "done");
    await world.pass(HOUR_MS, HOUR_MS);
    assert.equal(provider.received.length, sent);
  });

  test("X15-h is sent one message for twenty pages and webhooks that tell of one account, and one across a restart", async () => {
    const { order, impUid } = await issued();
    const ids = { imp_uid: impUid, merchant_uid: order };
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? world.dojang.complete(ids) : world.dojang.webhook(ids))),
    );
    await world.pass(1000);
    await using again = await world.dojang.restart();
    await again.complete(ids);
    await until("nothing is under way", async () => {
      const tasks = await again.dojang.deps.store.readTasks({ orderId: order, limit: 100 });
      return tasks.every(
        ({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > world.clock.now()),
      );
    });
    assert.equal(provider.received.length, 1);
    const { messages, allowDuplicates } = JSON.parse(provider.received[0]?.body ?? "");
    assert.equal(messages[0].customFields.key, `account_issued:${impUid}`);
    assert.equal(allowDuplicates, false);
  });
});
