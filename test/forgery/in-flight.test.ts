// R45: the payment or the order changes between the gateway's answer and our write. Goal: what is written is what one answer
// said against the order of record, and a later change is found by the next look, never guessed. Method: complete's own look
// is held, as of its arrival or as of its release, while the payment is cancelled or edited, or the shop sends another order.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import { assertUnchanged, type ExpectedRows } from "../support/forgery-rows.ts";
import { assertOneAnswer, type Word } from "../support/forgery-wire.ts";
import { holdLook } from "../support/held-look.ts";

const world = await openWorld();
after(() => world.close());

interface Flight {
  readonly scene: Scene;
  readonly order: string;
  readonly impUid: string;
  /** Lets the answer go and checks the word that the browser hears. */
  land(word: Word): Promise<void>;
}

/** An honest payment whose complete waits for the gateway. No webhook tells of anything. */
async function takeOff(snapshot: "arrival" | "release"): Promise<Flight> {
  const scene = await world.scene();
  scene.emulator.webhooks.auto = false;
  const order = await scene.order();
  const { imp_uid: impUid } = scene.pay(order);
  const held = holdLook(scene.emulator, { path: `/payments/${impUid}`, snapshot });
  const completing = scene.complete(impUid, order);
  await held.taken();
  const land = async (word: Word) => {
    held.release();
    assertOneAnswer(await completing, { word, merchantUid: order });
  };
  return { scene, order, impUid, land };
}

interface Change {
  readonly id: string;
  readonly what: string;
  readonly change: (emulator: Emulator, impUid: string) => unknown;
  /** When the answer is older than the change: what the order becomes by the next look. */
  readonly later: Pick<ExpectedRows, "status" | "discrepancies"> & { readonly verdict: string };
  /** When the answer shows the change. */
  readonly word: Word;
  readonly verdict?: string;
  readonly discrepancies: readonly string[];
}

const CHANGES: readonly Change[] = [
  {
    id: "R45-aa",
    what: "a cancel in full",
    change: (at, id) => at.cancelFromConsole(id),
    later: { status: "refunded", discrepancies: ["cancelled_elsewhere"], verdict: "reversed" },
    word: "closed",
    verdict: "rejected",
    discrepancies: [],
  },
  {
    id: "R45-ab",
    what: "a cancel of a part",
    change: (at, id) => at.cancelFromConsole(id, 10_000),
    later: { status: "partially_refunded", discrepancies: ["cancelled_elsewhere"], verdict: "applied" },
    word: "closed",
    verdict: "rejected",
    discrepancies: ["cancelled_elsewhere"],
  },
  {
    id: "R45-ac",
    what: "a cancel that sends no webhook",
    change: (at, id) => at.silentCancel(id, PRICE - 1),
    later: { status: "partially_refunded", discrepancies: ["cancelled_elsewhere"], verdict: "applied" },
    word: "closed",
    verdict: "rejected",
    discrepancies: ["cancelled_elsewhere"],
  },
  {
    id: "R45-ad",
    what: "a lower amount",
    change: (at, id) => at.edit(id, { amount: "100" }),
    later: { status: "paid", discrepancies: ["amount_mismatch"], verdict: "applied" },
    word: "forgery",
    verdict: "rejected",
    discrepancies: ["amount_mismatch"],
  },
  {
    id: "R45-ae",
    what: "another currency",
    change: (at, id) => at.edit(id, { currency: "VND" }),
    later: { status: "paid", discrepancies: ["currency_mismatch"], verdict: "applied" },
    word: "forgery",
    verdict: "rejected",
    discrepancies: ["currency_mismatch"],
  },
  {
    id: "R45-af",
    what: "another order's id",
    change: (at, id) => at.edit(id, { merchant_uid: "a-foreign-order-0001" }),
    later: { status: "paid", discrepancies: [], verdict: "applied" },
    word: "notFound",
    discrepancies: [],
  },
];

describe("a payment that changes while its answer is on its way", () => {
  for (const { id, what, change, later, word, verdict, discrepancies } of CHANGES) {
    test(`${id} ${what}, after the gateway answered: applied as it was, and found by the next look`, async () => {
      const { scene, order, impUid, land } = await takeOff("arrival");
      change(scene.emulator, impUid);
      await land("success");
      await scene.expectStored(order, {
        status: "paid",
        paidBy: impUid,
        payments: { [impUid]: "applied" },
        events: ["order.registered", "order.paid"],
      });
      await scene.webhook(impUid, { merchant_uid: order });
      await scene.expectStored(order, {
        ...later,
        paidBy: impUid,
        payments: { [impUid]: later.verdict },
      });
      await scene.expectNothingElse([scene.lookLine(impUid), scene.lookLine(impUid)]);
    });

    test(`${id} ${what}, before the gateway answered: ${word}, and the order stays open`, async () => {
      const { scene, order, impUid, land } = await takeOff("release");
      change(scene.emulator, impUid);
      await land(word);
      await scene.expectStored(order, {
        status: "pending",
        payments: verdict === undefined ? {} : { [impUid]: verdict },
        discrepancies,
      });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(impUid), scene.lookLine(honest)]);
    });
  }
});

const EDITS: readonly {
  readonly id: string;
  readonly what: string;
  readonly field: string;
  readonly value: unknown;
}[] = [
  { id: "R45-ag", what: "a higher amount", field: "amount", value: PRICE * 2 },
  { id: "R45-ah", what: "a lower amount", field: "amount", value: 100 },
  { id: "R45-ai", what: "another currency", field: "currency", value: "USD" },
  { id: "R45-aj", what: "other means of payment", field: "allowed", value: { pay_methods: ["phone"] } },
  {
    id: "R45-ak",
    what: "less time to pay",
    field: "pay_by",
    value: () => new Date(Date.now() + 60_000).toISOString(),
  },
];

describe("an order that is edited while its payment is looked at", () => {
  for (const { id, what, field, value } of EDITS) {
    test(`${id} ${what} is refused, and the order is paid as registered`, async () => {
      const { scene, order, impUid, land } = await takeOff("arrival");
      const before = await scene.stored(order);
      const changed = typeof value === "function" ? value() : value;
      const body = { merchant_uid: order, name: "감귤 5kg", amount: PRICE, [field]: changed };
      const answer = await scene.dojang.request("POST", "/v1/orders", { body });
      assert.equal(`${answer.status} ${answer.body.code}`, `409 order_exists_with_different_${field}`);
      assertUnchanged(before, await scene.stored(order));
      await land("success");
      await scene.expectStored(order, {
        status: "paid",
        paidBy: impUid,
        payments: { [impUid]: "applied" },
        events: ["order.registered", "order.paid"],
      });
      await scene.expectNothingElse([scene.lookLine(impUid)]);
    });
  }

  test("R45-al the same order again, while its payment is looked at, is the same order", async () => {
    const { scene, order, impUid, land } = await takeOff("arrival");
    const body = { merchant_uid: order, name: "감귤 5kg", amount: PRICE };
    const again = await scene.dojang.request("POST", "/v1/orders", { body });
    assert.equal(again.status, 200);
    await land("success");
    await scene.expectStored(order, {
      status: "paid",
      paidBy: impUid,
      payments: { [impUid]: "applied" },
      events: ["order.registered", "order.paid"],
    });
    const paid = await scene.dojang.request("POST", "/v1/orders", { body });
    assert.equal(`${paid.status} ${paid.body.status}`, "200 paid");
    await scene.expectNothingElse([scene.lookLine(impUid)]);
  });

  test("R45-am an order that is paid by another payment meanwhile leaves this one as surplus", async () => {
    const { scene, order, impUid, land } = await takeOff("arrival");
    const other = await scene.expectHonestPaymentPays(order);
    await land("closed");
    await scene.expectStored(order, {
      status: "paid",
      paidBy: other.imp_uid,
      payments: { [other.imp_uid]: "applied", [impUid]: "surplus" },
      discrepancies: ["surplus"],
    });
    await scene.expectNothingElse([scene.lookLine(impUid), scene.lookLine(other)]);
  });
});
