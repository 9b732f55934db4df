// Goal: whoever runs the server sees what work is left, what fails and what was given up, and can have it tried again. Method: the real
// server and gateway; time stands still until the test moves it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EventWorld, openEventWorld } from "../support/open-event-world.ts";
import { assertProblem } from "./answers.ts";

let world: EventWorld;
before(async () => {
  world = await openEventWorld();
});
after(() => world[Symbol.asyncDispose]());

const get = (query = "") => world.dojang.request("GET", `/v1/tasks${query}`);
const retry = (key: string) => world.dojang.request("POST", `/v1/tasks/${key}/retry`);
const keys = async (query: string): Promise<string[]> =>
  (await get(query)).body.data.map(({ key }: { key: string }) => key);

/** A look that names no order is given up at once. */
async function deadTask(key: string): Promise<void> {
  const dueAt = world.clock.now();
  await world.dojang.dojang.deps.store.addTasks([
    { kind: "look", key, repeat: "once", dueAt, payload: { note: "a-secret-of-its-own" } },
  ]);
  await world.quiet();
}

describe("GET /v1/tasks", () => {
  test("shows what an order waits for, and nothing of what a task carries", async () => {
    const order = await world.order();
    const { body, text } = await get(`?merchant_uid=${order}`);
    assert.deepEqual(body, {
      data: [
        {
          key: `look:${order}`,
          kind: "look",
          merchant_uid: order,
          imp_uid: null,
          state: "due",
          tries: 0,
          next_try_at: new Date(world.clock.now() + 10_000).toISOString(),
          last_error: null,
        },
      ],
      next_cursor: null,
    });
    await deadTask("look:dead-1");
    assert.doesNotMatch(text + (await get("?state=dead")).text, /payload|a-secret|lease/);
  });

  test("finds what fails until it succeeds, and what was given up", async () => {
    const order = await world.order();
    const end = world.emulator.override({ method: "GET", path: /findAll/ }, { status: 503, body: "" });
    await world.pass(10_000);
    const [failing] = (await get(`?state=failing&merchant_uid=${order}`)).body.data;
    assert.deepEqual([failing.key, failing.state, failing.tries], [`look:${order}`, "due", 1]);
    assert.equal(failing.last_error, "http_503");
    assert.ok((await keys("?state=failing&kind=look")).includes(`look:${order}`));
    assert.deepEqual(await keys(`?state=dead&merchant_uid=${order}`), []);
    end();
    assert.equal((await retry(`look:${order}`)).status, 202);
    await world.quiet();
    assert.deepEqual(await keys(`?state=failing&merchant_uid=${order}`), []);
    await deadTask("look:no-order-named");
    assert.ok((await keys("?state=dead&kind=look")).includes("look:no-order-named"));
    assert.deepEqual(await keys("?state=dead&kind=sms"), []);
  });

  test("pages by key, and refuses what it does not know", async () => {
    for (let n = 0; n < 5; n += 1) await deadTask(`look:paged-${n}`);
    const seen: string[] = [];
    for (let query = "?state=dead&limit=2"; query !== ""; ) {
      const { body } = await get(query);
      assert.ok(body.data.length <= 2);
      seen.push(...body.data.map(({ key }: { key: string }) => key));
      query = body.next_cursor === null ? "" : `?state=dead&limit=2&cursor=${body.next_cursor}`;
    }
    assert.deepEqual(seen, seen.toSorted());
    assert.equal(seen.filter((key) => key.startsWith("look:paged-")).length, 5);
    assert.equal(new Set(seen).size, seen.length);
    for (const query of ["?state=odd", "?kind=odd", "?limit=101", "?order=1", "?merchant_uid="]) {
      assertProblem(await get(query), "invalid_request");
    }
    for (const cursor of ["x", Buffer.from("x1:dsc_1").toString("base64url"), "dDE6bG9vaw=="]) {
      assertProblem(await get(`?cursor=${cursor}`), "invalid_cursor");
    }
    assert.equal((await world.dojang.request("GET", "/v1/tasks", { isShop: false })).status, 401);
  });
});

describe("POST /v1/tasks/{key}/retry", () => {
  test("looks at once at what was due later, with the key encoded or as it is", async () => {
    for (const encode of [encodeURIComponent, (key: string) => key]) {
      const order = await world.order();
      const impUid = world.pay(order);
      const answer = await retry(encode(`look:${order}`));
      assert.equal(answer.status, 202, answer.text);
      assert.equal(answer.body.key, `look:${order}`);
      await world.quiet();
      assert.equal((await world.dojang.read(order)).body.imp_uid, impUid);
    }
  });

  test("brings a dead task back with its tries forgotten, and it may die again", async () => {
    await deadTask("look:dies-again");
    const { body, status } = await retry("look:dies-again");
    assert.equal(status, 202);
    assert.ok(["due", "leased", "dead"].includes(body.state));
    await world.quiet();
    const [dead] = (await get("?state=dead&limit=100")).body.data.filter(
      ({ key }: { key: string }) => key === "look:dies-again",
    );
    assert.deepEqual([dead.tries, dead.last_error], [1, "no order named"]);
  });

  test("refuses a task that is done, so that nobody is texted twice", async () => {
    const order = await world.order({ customer: { tel: "010-1234-5678" } });
    const impUid = world.pay(order, { status: "ready", pay_method: "vbank", vbank_num: "110-1" });
    await world.dojang.complete({ imp_uid: impUid, merchant_uid: order });
    await world.quiet();
    const texts = () => world.dojang.logLines.filter((line) => line.includes("sms")).length;
    const before = texts();
    assertProblem(await retry(`sms:account_issued:${impUid}`), "task_done");
    await world.quiet();
    assert.equal(texts(), before);
  });

  test("knows no task under another key, and nobody without the key of the shop", async () => {
    for (const key of ["look:never", "look%3Anever", "%20", "a%2Fb", "__proto__"]) {
      assertProblem(await retry(key), "not_found");
    }
    const order = await world.order();
    const path = `/v1/tasks/look:${order}/retry`;
    assert.equal((await world.dojang.request("POST", path, { isShop: false })).status, 401);
  });
});
