// R44: several payments race for one order, several orders for one payment, two servers for one database. Goal: one payer an
// order, one order a payment, and no money forgotten. Method: the rivals come at the same time, and every end is counted.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import type { Answer } from "../support/dojang.ts";
import { startTestDojang } from "../support/dojang.ts";
import { openWorld } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { assertOneAnswer, type Word } from "../support/forgery-wire.ts";
import { removeDatabaseIn, testEngine } from "../support/test-engine.ts";

const world = await openWorld();
after(() => world.close());

function times<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value);
}

function words(answers: readonly Answer[]): string[] {
  return answers.map(({ body }) => body.status).toSorted();
}

describe("several payments of one order at the same time", () => {
  for (const { id, count } of [
    { id: "R44-i", count: 2 },
    { id: "R44-j", count: 10 },
  ]) {
    test(`${id} of ${count} one is applied, the others are surplus`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payments = times(count, undefined).map(() => scene.pay(order));
      const answers = await Promise.all(payments.map((payment) => scene.complete(payment, order)));
      assert.deepEqual(words(answers), [...times(count - 1, "closed"), "success"]);
      const payer = payments[answers.findIndex(({ body }) => body.status === "success")];
      assert.ok(payer);
      const word = (payment: typeof payer): Word => (payment === payer ? "success" : "closed");
      const verdict = (payment: typeof payer) => (payment === payer ? "applied" : "surplus");
      answers.forEach((answer, index) => {
        assertOneAnswer(answer, { word: word(payments[index] ?? payer), merchantUid: order });
      });
      const expected = {
        status: "paid",
        paidBy: payer.imp_uid,
        payments: Object.fromEntries(payments.map((payment) => [payment.imp_uid, verdict(payment)])),
        discrepancies: times(count - 1, "surplus"),
      };
      await scene.expectStored(order, expected);
      // I21: whoever asks again hears the same.
      for (const payment of payments) await scene.expectAnswer(word(payment), { payment, order });
      await scene.expectStored(order, expected);
      await scene.expectNothingElse(payments.flatMap((payment) => times(2, scene.lookLine(payment))));
    });
  }

  test("R44-k the surplus one is told by webhook while the browser's is completed", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const [one, other] = [scene.pay(order), scene.pay(order)];
    const [answer] = await Promise.all([scene.complete(one, order), scene.webhook(other)]);
    const { order: row } = await scene.stored(order);
    const isOnePayer = row.imp_uid === one.imp_uid;
    assertOneAnswer(answer, { word: isOnePayer ? "success" : "closed", merchantUid: order });
    const [payer, rest] = isOnePayer ? [one, other] : [other, one];
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payer.imp_uid,
      payments: { [payer.imp_uid]: "applied", [rest.imp_uid]: "surplus" },
      discrepancies: ["surplus"],
    });
    await scene.expectNothingElse([scene.lookLine(one), scene.lookLine(other)]);
  });
});

describe("two orders and one payment at the same time", () => {
  test("R44-l only the payment's own order is paid", async () => {
    const scene = await world.scene();
    const [order, other] = [await scene.order(), await scene.order()];
    const payment = scene.pay(order);
    const before = await scene.stored(other);
    const answers = await Promise.all([scene.complete(payment, other), scene.complete(payment, order)]);
    assert.deepEqual(words(answers), ["notFound", "success"]);
    assertUnchanged(before, await scene.stored(other));
    await scene.expectHonestPaymentPays(other);
  });

  for (const { id, isFirst } of [
    { id: "R44-m", isFirst: true },
    { id: "R44-n", isFirst: false },
  ]) {
    test(`${id} a gateway that shows it under both pays ${isFirst ? "the first" : "the second"} alone`, async () => {
      const scene = await world.scene();
      const [order, other] = [await scene.order(), await scene.order()];
      const payment = scene.pay(order);
      const raw = { merchant_uid: JSON.stringify(other) };
      const [winner, loser] = isFirst ? [order, other] : [other, order];
      const show = (payer: string) =>
        payer === order
          ? undefined
          : scene.emulator.override({ path: /imp/, times: 1 }, { payment: { raw } });
      show(winner);
      await scene.expectAnswer("success", { payment, order: winner });
      show(loser);
      await scene.expectAnswer("closed", { payment, order: loser });
      await scene.expectStored(winner, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
      });
      await scene.expectStored(loser, {
        status: "pending",
        discrepancies: ["orphan"],
        events: ["order.registered", "discrepancy.opened"],
      });
      const honest = await scene.expectHonestPaymentPays(loser);
      await scene.expectNothingElse([...times(2, scene.lookLine(payment)), scene.lookLine(honest)]);
    });
  }
});

describe("two servers on one database", () => {
  test("R44-o one goes on, and the second is refused or pays with it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dojang-race-"));
    const emulator = await startEmulator();
    const first = await startTestDojang({ emulator, folder });
    const starting = startTestDojang({ emulator, folder });
    try {
      if (testEngine() === "sqlite") {
        await assert.rejects(starting, { code: "storage_unavailable" });
        assert.equal((await first.order()).status, 201);
        return;
      }
      const servers = [first, await starting];
      const { merchant_uid } = (await first.order()).body;
      const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
      const answers = await Promise.all(
        [...servers, ...servers].map((server) => server.complete({ imp_uid, merchant_uid })),
      );
      assert.deepEqual(words(answers), times(4, "success"));
      const { store } = first.dojang.deps;
      assert.deepEqual(
        (await store.readTimeline(merchant_uid)).map(({ type }) => type),
        ["order.registered", "order.paid"],
      );
    } finally {
      await first.close();
      await starting.then(
        (second) => second.close(),
        () => {},
      );
      await emulator.close();
      await removeDatabaseIn(folder);
    }
  });
});
