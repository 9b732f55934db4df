// Goal: more webhooks than can be stored get their 503 at once, while it can still be sent again, and never a silence.
// Method: the intake in a server of its own; a gate stands for the disk, and the clock is moved by hand.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Fastify, { type FastifyInstance } from "fastify";
import { createIntake } from "../../src/http/intake.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { until } from "../support/until.ts";

const clock = new ManualClock();
const intake = createIntake(clock);
let app: FastifyInstance;
let stored = 0;
let started = 0;
let disk = Promise.withResolvers<void>();
before(() => {
  app = Fastify();
  app.addHook("onRequest", async (_request, reply) => void reply.header("x-frame-options", "DENY"));
  app.post("/hint", { onRequest: intake.onRequest }, () =>
    intake.run(async () => {
      started += 1;
      await disk.promise;
      stored += 1;
      return "stored";
    }),
  );
});
after(() => app.close());

const send = () => app.inject({ method: "POST", url: "/hint", body: { imp_uid: "imp_1" } });
async function underWay(count: number) {
  const from = started;
  const answers = Array.from({ length: count }, send);
  await until("all are under way", () => started === from + count);
  return async () => {
    disk.resolve();
    const statuses = (await Promise.all(answers)).map(({ statusCode }) => statusCode);
    disk = Promise.withResolvers();
    assert.deepEqual([...new Set(statuses)], [200]);
  };
}

describe("X16 createIntake()", () => {
  test("takes what shares one commit, however long that takes", async () => {
    const end = await underWay(127);
    clock.jump(60_000);
    const endOne = await underWay(1);
    await Promise.all([end(), endOne()]);
    assert.equal(stored, 128);
  });

  test("refuses at once, as a problem, when the oldest has waited too long; and takes again once it is stored", async () => {
    const end = await underWay(128);
    clock.jump(150);
    const endMore = await underWay(10);
    clock.jump(1);
    const before = started;
    const refused = await send();
    assert.equal(refused.statusCode, 503);
    assert.equal(refused.json().code, "overloaded");
    assert.match(String(refused.headers["content-type"]), /^application\/problem\+json/);
    assert.deepEqual([refused.headers["retry-after"], refused.headers["cache-control"]], ["1", "no-store"]);
    assert.equal(refused.headers["x-frame-options"], "DENY", "with the headers of every answer");
    assert.equal(started, before, "nothing was done");
    await Promise.all([end(), endMore()]);
    const endLast = await underWay(1);
    await endLast();
  });

  test("bounds how many are under way even when the clock goes backwards", async () => {
    const end = await underWay(2048);
    clock.jump(-86_400_000);
    assert.equal((await send()).statusCode, 503);
    await end();
  });
});
