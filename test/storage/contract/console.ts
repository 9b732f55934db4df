import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { OperatorAct, OperatorWithPassword, Store } from "../../../src/storage/store.ts";
import type { Engine, OpenEngine } from "../../support/engine.ts";
import {
  application,
  registration,
  SAMPLE_TIME,
  sampleOrder,
  samplePayment,
  standingClock,
} from "./samples.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();
const act = (action: OperatorAct["action"], subject: string): OperatorAct => ({
  action,
  actor: "root",
  subject,
  data: {},
});
const password = {
  hash: digest("hash"),
  salt: digest("salt").subarray(0, 16),
  cost: 1024,
  block: 8,
  parallel: 1,
};

function operator(name: string, changes: Partial<OperatorWithPassword> = {}): OperatorWithPassword {
  return {
    name,
    role: "admin",
    mustChange: false,
    createdAt: SAMPLE_TIME,
    passwordChangedAt: SAMPLE_TIME,
    password,
    ...changes,
  };
}

const add = ({ console }: Store, one: OperatorWithPassword) =>
  console.addOperator(one, act("operator.added", one.name));

function signIn({ console }: Store, name: string, id: string, passwordChangedAt = SAMPLE_TIME) {
  const session = { hash: digest(id), operator: name, createdAt: SAMPLE_TIME, usedAt: SAMPLE_TIME };
  return console.addSession(
    { ...session, expiresAt: SAMPLE_TIME + 1000 },
    { passwordChangedAt, idleSince: SAMPLE_TIME - 500, act: act("operator.signed_in", name) },
  );
}

const acts = async ({ store }: OpenEngine) =>
  (await store.listActs({ limit: 100 })).acts.map(({ action, subject }) => `${action} ${subject}`).reverse();

/** What every engine promises of operators, sessions, keys and figures. */
export function testConsole(engine: Engine): void {
  describe(`Operators on ${engine.name}`, () => {
    test("addOperator() takes a name once, with its act", async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      assert.equal(await add(store, operator("kim", { role: "viewer", mustChange: true })), true);
      assert.equal(await add(store, operator("kim")), false);
      const kim = await store.console.readOperator("kim");
      assert.deepEqual(kim && { ...kim, password: undefined }, {
        ...operator("kim", { role: "viewer", mustChange: true }),
        password: undefined,
      });
      assert.deepEqual(Buffer.from(kim?.password.hash ?? []), password.hash);
      assert.equal(await store.console.readOperator("lee"), undefined);
      assert.deepEqual(await acts(opened), ["operator.added kim"]);
      const reopened = await opened.reopen();
      assert.deepEqual(
        (await reopened.console.listOperators()).map(({ name, role }) => [name, role]),
        [["kim", "viewer"]],
      );
    });

    test("changeOperator() changes what is named, ends the sessions but one, and keeps the last admin", async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      const change = (name: string, changes: object) =>
        store.console.changeOperator(name, { ...changes, act: act("operator.changed", name) });
      await add(store, operator("kim"));
      for (const lost of [{ role: "viewer" }, { disabledAt: 7 }])
        assert.equal(await change("kim", lost), false, JSON.stringify(lost));
      assert.equal(await change("nobody", { role: "viewer" }), false);
      await add(store, operator("lee"));
      for (const id of ["one", "two"]) assert.equal(await signIn(store, "kim", id), true);
      assert.equal(await change("kim", { disabledAt: 7, keeps: digest("two") }), true);
      assert.equal(await change("kim", { role: "operator" }), true);
      const kim = await store.console.readOperator("kim");
      assert.deepEqual([kim?.role, kim?.disabledAt], ["operator", 7]);
      assert.equal(await store.console.readSession(digest("two")), undefined);
      assert.equal(await change("kim", { disabledAt: null }), true);
      assert.equal((await store.console.readOperator("kim"))?.disabledAt, undefined);
      const renewed = { ...password, hash: digest("new"), cost: 2048 };
      const given = { hash: renewed, mustChange: true, changedAt: SAMPLE_TIME + 5 };
      assert.equal(await change("kim", { password: given }), true);
      const after = await store.console.readOperator("kim");
      assert.deepEqual(
        [after?.password.cost, after?.mustChange, after?.passwordChangedAt],
        [2048, true, SAMPLE_TIME + 5],
      );
      assert.equal((await acts(opened)).filter((line) => line.startsWith("operator.changed")).length, 4);
    });

    // Goal: two admins who remove each other leave one. Method: both at once, several times.
    test("changeOperator() lets one of two admins win who disable each other", async () => {
      await using opened = await engine.open();
      const { store } = opened;
      const change = (name: string, disabledAt: number | null) =>
        store.console.changeOperator(name, { disabledAt, act: act("operator.changed", name) });
      const names = ["kim", "lee"];
      for (const name of names) await add(store, operator(name));
      for (let round = 0; round < 5; round += 1) {
        const done = await Promise.all(names.map((name) => change(name, 1)));
        assert.deepEqual([...done].sort(), [false, true]);
        await change(names[done.indexOf(true)] ?? "", null);
      }
    });
  });

  describe(`Sessions on ${engine.name}`, () => {
    test("addSession() asks that the password is the one that was looked at", async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      await add(store, operator("kim"));
      assert.equal(await signIn(store, "kim", "old", SAMPLE_TIME - 1), false);
      assert.equal(await signIn(store, "lee", "none"), false);
      assert.equal(await signIn(store, "kim", "one"), true);
      assert.deepEqual(await acts(opened), ["operator.added kim", "operator.signed_in kim"]);
      const found = await store.console.readSession(digest("one"));
      assert.deepEqual(
        [found?.operator.name, found?.session.usedAt, found?.session.expiresAt, found?.session.createdAt],
        ["kim", SAMPLE_TIME, SAMPLE_TIME + 1000, SAMPLE_TIME],
      );
      await store.console.useSession(digest("one"), SAMPLE_TIME + 9);
      assert.equal((await store.console.readSession(digest("one")))?.session.usedAt, SAMPLE_TIME + 9);
      await store.console.endSession(digest("one"));
      assert.equal(await store.console.readSession(digest("one")), undefined);
    });

    test("endSessions() ends all of one operator, and nobody else's", async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      for (const name of ["kim", "lee"]) await add(store, operator(name));
      for (const id of ["one", "two"]) await signIn(store, "kim", id);
      await signIn(store, "lee", "three");
      await store.console.endSessions("kim", act("operator.signed_out_everywhere", "kim"));
      const left = await Promise.all(
        ["one", "two", "three"].map((id) => store.console.readSession(digest(id))),
      );
      assert.deepEqual(
        left.map((found) => found?.operator.name),
        [undefined, undefined, "lee"],
      );
    });

    test("countTry() counts every one of many at once, and begins anew when the window is over", async () => {
      await using opened = await engine.open();
      const { console } = opened.store;
      const subject = digest("kim@10.0.0.1");
      const counts = await Promise.all(
        Array.from({ length: 10 }, () => console.countTry(subject, { now: 1000, ms: 100 })),
      );
      assert.deepEqual(
        counts.map(({ tries }) => tries).sort((a, b) => a - b),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      );
      assert.equal(
        counts.every(({ until }) => until === 1100),
        true,
      );
      await console.uncountTry(subject);
      assert.deepEqual(await console.readTries(subject, 1099), { tries: 9, until: 1100 });
      assert.equal(await console.readTries(subject, 1100), undefined);
      assert.deepEqual(await console.countTry(subject, { now: 1100, ms: 100 }), { tries: 1, until: 1200 });
      const moving = { now: 1150, ms: 100, isMoving: true };
      assert.deepEqual(await console.countTry(subject, moving), { tries: 2, until: 1250 });
    });
  });

  describe(`API keys on ${engine.name}`, () => {
    test("findApiKey() knows a key until it is revoked", async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { console } = opened.store;
      const key = { id: "key_1", name: "ERP", createdAt: 5, createdBy: "kim" };
      assert.equal(
        await console.addApiKey({ ...key, hash: digest("k") }, act("api_key.added", "key_1")),
        true,
      );
      assert.equal(await console.findApiKey(digest("k")), "key_1");
      assert.equal(await console.findApiKey(digest("other")), undefined);
      const revoke = () => console.revokeApiKey("key_1", { at: 9, act: act("api_key.revoked", "key_1") });
      assert.equal(await revoke(), true);
      assert.equal(await revoke(), false);
      assert.equal(await console.findApiKey(digest("k")), undefined);
      assert.deepEqual(await console.listApiKeys(), [{ ...key, revokedAt: 9 }]);
      assert.deepEqual(await acts(opened), ["api_key.added key_1", "api_key.revoked key_1"]);
    });
  });

  describe(`Figures on ${engine.name}`, () => {
    test("count what was written", async () => {
      await using opened = await engine.open({ clock: standingClock() });
      const { store } = opened;
      assert.deepEqual(await store.console.countTroubles(), {
        openDiscrepancies: 0,
        deadTasks: 0,
        failingTasks: 0,
      });
      assert.equal(await store.console.lastHintAt(), undefined);
      const order = sampleOrder({ orderId: "figures_1" });
      const payment = samplePayment({ orderId: "figures_1", paymentId: "imp_figures1" });
      await store.transact({ orderId: "figures_1" }, () => registration(order));
      await store.transact({ orderId: "figures_1", paymentId: payment.paymentId }, () =>
        application(order, payment),
      );
      const hint = {
        paymentId: "imp_1",
        contentType: "application/json",
        body: Buffer.from("{}"),
        sourceAddress: "::1",
      };
      await store.recordHint(hint, []);
      assert.equal(await store.console.lastHintAt(), SAMPLE_TIME);
      const hour = Math.floor(SAMPLE_TIME / 3_600_000);
      const counted = await store.console.countEvents({ from: SAMPLE_TIME, to: SAMPLE_TIME + 1 });
      assert.deepEqual(counted.map(({ type, count, ...rest }) => [type, rest.hour, count]).sort(), [
        ["order.paid", hour, 1],
        ["order.registered", hour, 1],
      ]);
      for (const [from, to] of [
        [SAMPLE_TIME + 1, SAMPLE_TIME + 9],
        [SAMPLE_TIME - 9, SAMPLE_TIME],
      ] as const)
        assert.deepEqual(await store.console.countEvents({ from, to }), []);
      assert.deepEqual(await store.console.readLatencies({ from: SAMPLE_TIME, limit: 5 }), [1100]);
      const live = await store.console.listEventsSince(SAMPLE_TIME, 10);
      assert.deepEqual(
        live.map(({ orderId, at }) => [orderId, at]),
        [
          ["figures_1", SAMPLE_TIME],
          ["figures_1", SAMPLE_TIME],
        ],
      );
      assert.equal((await store.console.listEventsSince(SAMPLE_TIME, 1)).length, 1);
    });
  });
}
