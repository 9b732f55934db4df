// R45: looks that overtake each other. Goal: whichever answer is written last, the order ends as the gateway's newest truth says
// and every caller hears it. Method: a second client of the same gateway, as another server or a slow line would be, holds an
// answer while the payment moves on and the server looks again; the held answer is old (as of its arrival) or new (as of its release).
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import { openIamportGateway } from "../../src/gateway/iamport/open-iamport-gateway.ts";
import { completePayment } from "../../src/usecases/complete-payment.ts";
import { lookAtOrder } from "../../src/usecases/look-at-order.ts";
import { verifyPayment } from "../../src/usecases/verify-payment.ts";
import { openWorld, PRICE, type Scene } from "../support/forgery.ts";
import type { ExpectedRows } from "../support/forgery-rows.ts";
import { assertOneAnswer, type Word } from "../support/forgery-wire.ts";
import { holdLook } from "../support/held-look.ts";
import { until } from "../support/until.ts";

const world = await openWorld();
const { emulator } = world;
const silent = { info() {}, warn() {}, error() {} };
const slowGateway = openIamportGateway({
  baseUrl: emulator.url,
  impKey: emulator.impKey,
  impSecret: emulator.impSecret,
  includeSandbox: true,
  clock: systemClock,
  log: silent,
});
await slowGateway.listChannels(); // has logged in: no test sees that line
const deps = { ...world.dojang.dojang.deps, gateway: slowGateway };
after(async () => {
  await slowGateway.close();
  await world.close();
});

const ACCOUNT = { pay_method: "vbank", status: "ready" } as const;

interface Move {
  readonly id: string;
  readonly what: string;
  readonly from: NewPayment;
  /** Whether the first look at `from` has been written before the race begins. */
  readonly isKnown?: boolean;
  readonly move: (emulator: Emulator, impUid: string) => unknown;
  /** What complete answers before and after the move. */
  readonly before: Word;
  readonly after: Word;
  /** What the slow one hears when its answer is new, but its question older than the one that was written; `after`, else. */
  readonly slowNewer?: Word;
  readonly end: Omit<ExpectedRows, "payments" | "paidBy"> & { readonly verdict: string };
  /** The order's status where the state before the move was written first; that of `end`, else. */
  readonly endOnceSeen?: string;
}

const PAID = { status: "paid", verdict: "applied" } as const;

const MOVES: readonly Move[] = [
  {
    id: "R45-a",
    what: "an opened window that is paid",
    from: { status: "ready" },
    move: (at, id) => at.lateApprove(id),
    before: "pending",
    after: "success",
    end: PAID,
  },
  {
    id: "R45-b",
    what: "a failed payment that is approved after all",
    from: { status: "failed" },
    move: (at, id) => at.lateApprove(id),
    before: "failed",
    after: "success",
    end: PAID,
  },
  {
    id: "R45-c",
    what: "a virtual account that is paid into",
    from: ACCOUNT,
    move: (at, id) => at.deposit(id),
    before: "vbankIssued",
    after: "success",
    end: PAID,
  },
  {
    id: "R45-d",
    what: "a window whose account is issued",
    from: { ...ACCOUNT, vbank_num: null },
    move: (at, id) => at.edit(id, { vbank_num: "56211105948400" }),
    before: "pending",
    after: "vbankIssued",
    // Of two looks that say as much the one asked for later counts; the next one settles it.
    slowNewer: "pending",
    end: { status: "awaiting_deposit", verdict: "held" },
  },
  {
    id: "R45-e",
    what: "a virtual account that is closed",
    from: ACCOUNT,
    move: (at, id) => at.fail(id),
    before: "vbankIssued",
    after: "failed",
    end: { status: "pending", verdict: "observed" },
    // Nothing returns to pending.
    endOnceSeen: "awaiting_deposit",
  },
  {
    id: "R45-f",
    what: "an applied payment that is cancelled in full",
    from: {},
    isKnown: true,
    move: (at, id) => at.silentCancel(id),
    before: "success",
    after: "success",
    end: { status: "refunded", verdict: "reversed", discrepancies: ["cancelled_elsewhere"] },
  },
  {
    id: "R45-g",
    what: "an applied payment that is cancelled in part",
    from: {},
    isKnown: true,
    move: (at, id) => at.silentCancel(id, 20_000),
    before: "success",
    after: "success",
    end: { status: "partially_refunded", verdict: "applied", discrepancies: ["cancelled_elsewhere"] },
  },
];

/** Who carries the slow answer. */
const SLOW: Readonly<Record<string, (ids: { paymentId: string; orderId: string }) => Promise<unknown>>> = {
  browser: (ids) => completePayment(deps, ids),
  webhook: ({ paymentId }) => verifyPayment(deps, { paymentId, foundBy: "webhook" }),
  look: ({ orderId }) => lookAtOrder(deps, { orderId }),
};

/** The slow one's words for complete's answer. */
const KINDS: Readonly<Partial<Record<Word, string>>> = { vbankIssued: "account_issued" };

interface Race {
  readonly scene: Scene;
  readonly order: string;
  readonly impUid: string;
  readonly slow: keyof typeof SLOW;
}

/** The server's own look, through the webhook where the slow one is the browser, else through the browser. */
async function lookFast({ scene, order, impUid, slow }: Race, word: Word): Promise<void> {
  if (slow === "browser") await scene.webhook(impUid);
  else await scene.expectAnswer(word, { payment: impUid, order });
}

async function expectEnd({ scene, order, impUid }: Race, { end, after: word }: Move): Promise<void> {
  const { verdict, ...rows } = end;
  const paidBy = verdict === "applied" || verdict === "reversed" ? { paidBy: impUid } : {};
  await scene.expectStored(order, { ...rows, ...paidBy, payments: { [impUid]: verdict } });
  // I21: and whoever asks from now on hears the same.
  assertOneAnswer(await scene.complete(impUid, order), { word, merchantUid: order });
  await scene.quiet();
  await scene.expectStored(order, { ...rows, ...paidBy, payments: { [impUid]: verdict } });
}

async function begin(race: Omit<Race, "impUid" | "order">, { from, isKnown = false }: Move): Promise<Race> {
  const { scene } = race;
  scene.emulator.webhooks.auto = false;
  const order = await scene.order();
  const payment = scene.pay(order, from);
  if (isKnown) await scene.expectAnswer("success", { payment, order });
  return { ...race, order, impUid: payment.imp_uid };
}

describe("a look that is overtaken", () => {
  for (const move of MOVES) {
    for (const slow of Object.keys(SLOW)) {
      // A list names no payment that is stored and unchanged, and no window: then the look asks nothing that could be held.
      if (slow === "look" && (move.isKnown || move.before === "pending" || move.before === "failed"))
        continue;

      test(`${move.id} ${move.what}: the ${slow}'s old answer comes last`, async () => {
        const scene = await world.scene();
        const race = await begin({ scene, slow }, move);
        const { order, impUid } = race;
        const held = holdLook(scene.emulator, { path: `/payments/${impUid}`, snapshot: "arrival" });
        const slowEnd = SLOW[slow]?.({ paymentId: impUid, orderId: order });
        await held.taken();
        move.move(scene.emulator, impUid);
        await lookFast(race, move.after);
        const before = await scene.stored(order);
        held.release();
        assertHeard(await slowEnd, { slow, word: move.after });
        const { order: row } = await scene.stored(order);
        assert.equal(row.version, before.order.version, "an old answer writes nothing");
        await expectEnd(race, move);
        await scene.expectBystandersUnchanged();
      });
    }

    for (const slow of ["browser", "webhook"]) {
      test(`${move.id} ${move.what}: the ${slow}'s new answer to an old question comes last`, async () => {
        const scene = await world.scene();
        const race = await begin({ scene, slow }, move);
        const { order, impUid } = race;
        const held = holdLook(scene.emulator, { path: `/payments/${impUid}`, snapshot: "release" });
        const slowEnd = SLOW[slow]?.({ paymentId: impUid, orderId: order });
        await held.taken();
        const takenAt = Date.now();
        await until("the other look is asked for later, by the clock too", () => Date.now() > takenAt);
        await lookFast(race, move.before);
        move.move(scene.emulator, impUid);
        held.release();
        assertHeard(await slowEnd, { slow, word: move.slowNewer ?? move.after });
        await scene.complete(impUid, order);
        const { endOnceSeen: status = move.end.status } = move;
        await expectEnd(race, { ...move, end: { ...move.end, status } });
        await scene.expectBystandersUnchanged();
      });
    }
  }
});

function assertHeard(end: unknown, { slow, word }: { slow: string; word: Word }): void {
  const { kind, outcome } = end as { kind: string; outcome?: { kind: string } };
  if (slow === "look") assert.equal(kind, "looked");
  else assert.equal(slow === "browser" ? kind : outcome?.kind, KINDS[word] ?? word);
}

describe("money that went back before it was ever applied", () => {
  for (const { id, part, discrepancies } of [
    { id: "R45-h", part: undefined, discrepancies: [] },
    { id: "R45-i", part: PRICE / 5, discrepancies: ["cancelled_elsewhere"] },
  ]) {
    test(`${id} an old "paid" written after a cancel of ${part ?? "all"} pays nothing`, async () => {
      const scene = await world.scene();
      const race = await begin({ scene, slow: "browser" }, { ...(MOVES[0] as Move), from: {} });
      const { order, impUid } = race;
      const held = holdLook(scene.emulator, { path: `/payments/${impUid}`, snapshot: "arrival" });
      const slowEnd = completePayment(deps, { paymentId: impUid, orderId: order });
      await held.taken();
      scene.emulator.silentCancel(impUid, part);
      await scene.expectAnswer("closed", { payment: impUid, order });
      held.release();
      assert.deepEqual(await slowEnd, { kind: "closed", reason: "cancelled" });
      await scene.expectStored(order, {
        status: "pending",
        payments: { [impUid]: "rejected" },
        discrepancies,
      });
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(impUid), scene.lookLine(impUid), scene.lookLine(honest)]);
    });
  }
});
