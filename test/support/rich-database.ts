import assert from "node:assert/strict";
import type { ManualClock } from "../gateway/manual-clock.ts";
import type { Answer } from "./dojang.ts";
import { TEST_DATA_KEY } from "./engine.ts";
import { type EventWorld, openEventWorld } from "./open-event-world.ts";
import { MINUTE_MS } from "./refund-stage.ts";

/** Settings of a server on this database, under the key that a rich database is sealed with. */
export const settingsOf = (url: string) => ({
  DATABASE_URL: url,
  DOJANG_DATA_KEY: Buffer.from(TEST_DATA_KEY).toString("base64"),
});

export interface RichDatabase extends AsyncDisposable {
  readonly world: EventWorld;
  readonly clock: ManualClock;
  /** Orders by what became of them. */
  readonly orders: Readonly<
    Record<
      "paid" | "part" | "refunded" | "elsewhere" | "mismatch" | "account" | "cancelled" | "pending",
      string
    >
  >;
}

/** Of the open order: what a careless copy of a text would change. */
export const ODD_NAME = "감귤 \"NULL\" {a,\\b} 'c' 🍊";

const REFUND = { reason: "the buyer sent it back" };

/** A real server writes one order of each kind into the database, with all that hangs on them. It is still running. */
export async function openRichDatabase(url: string): Promise<RichDatabase> {
  const world = await openEventWorld(settingsOf(url));
  const { dojang, emulator, clock } = world;
  const post = async (path: string, body?: object, headers = {}): Promise<Answer> => {
    const answer = await dojang.request("POST", path, { ...(body && { body }), headers });
    assert.ok(answer.status < 300, `${path}: ${answer.status} ${answer.text}`);
    return answer;
  };
  const refund = (order: string, body: object) =>
    post(`/v1/orders/${order}/refunds`, { ...REFUND, ...body }, { "idempotency-key": `key-${order}` });
  const webhook = async (impUid: string, order: string, status: string) => {
    await dojang.webhook({ imp_uid: impUid, merchant_uid: order, status });
    await world.quiet();
  };

  const paid = await world.paidOrder();
  const part = await world.paidOrder();
  const refunded = await world.paidOrder();
  const elsewhere = await world.paidOrder();
  const customer = { id: "c-1", name: "홍길동", tel: "010-1234-5678", email: "gildong@example.com" };
  const pending = await world.order({ customer, metadata: { table: "7" }, name: ODD_NAME });
  const mismatch = await world.order();
  const account = await world.order();
  const cancelled = await world.order();
  clock.advance(MINUTE_MS);
  await refund(part.order, { amount: 20_000 });
  await refund(refunded.order, { amount: "all" });
  await world.quiet();
  emulator.model.cancelFromConsole(elsewhere.impUid, 10_000);
  await webhook(elsewhere.impUid, elsewhere.order, "cancelled");
  await webhook(world.pay(paid.order), paid.order, "paid");
  const wrong = world.pay(mismatch, { amount: 49_000 });
  await dojang.complete({ imp_uid: wrong, merchant_uid: mismatch });
  const issued = world.pay(account, { status: "ready", pay_method: "vbank" });
  await dojang.complete({ imp_uid: issued, merchant_uid: account });
  await post(`/v1/orders/${cancelled}/cancel`, { reason: "the buyer asked for it" });
  await world.quiet();
  const { discrepancies } = (await dojang.read(mismatch)).body;
  await post(`/v1/discrepancies/${discrepancies[0].id}/resolve`, {
    action: "dismiss",
    reason: "talked to them",
  });
  await post("/v1/events/test");
  await post(`/v1/tasks/look:${pending}/retry`);
  await world.quiet();
  await dojang.dojang.deps.store.addCheckpoint();
  await dojang.dojang.deps.store.saveCursor("sweep", "2026-11-25");
  return {
    world,
    clock,
    orders: {
      paid: paid.order,
      part: part.order,
      refunded: refunded.order,
      elsewhere: elsewhere.order,
      mismatch,
      account,
      cancelled,
      pending,
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
