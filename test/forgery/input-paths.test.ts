// R35 and R36: an id is an id. Goal: no text in place of an id makes us ask the gateway for anything else. Method: each
// text as imp_uid through every entrance and as merchant_uid through every other, in both modes, with a payment behind it
// that would pay if the text reached the gateway.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openDouble } from "../gateway/gateway-double.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { LIVE_MERCHANT, openWorld, PRICE, type Scene } from "../support/forgery.ts";
import {
  expectNothingHappens,
  expectRefusedAsOrder,
  expectRefusedAsPayment,
} from "../support/forgery-refused.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";

const canary = await openDouble();
/** Time stands still: no look of the server's own falls between the expected ones. */
const clock = new ManualClock(Date.now());
const worlds = { sandbox: await openWorld({ clock }), live: await openWorld({ mode: "live", clock }) };
after(async () => {
  assert.deepEqual(canary.received, []);
  for (const world of Object.values(worlds)) await world.close();
  await canary[Symbol.asyncDispose]();
});
const host = new URL(canary.url).host;

interface Bait {
  /** A paid payment of this order, or (in live) a test payment that the gateway hides. */
  readonly id: string;
  readonly order: string;
}
type Texts = Readonly<Record<string, readonly [what: string, text: (bait: Bait) => string]>>;

const PATHS: Texts = {
  "R35-a1": ["two dots", () => "../users/pg"],
  "R35-a2": ["two dots behind the id", ({ id }) => `${id}/../../users/pg`],
  "R35-a3": ["two dots that lead back to the id", ({ id }) => `x/../${id}`],
  "R35-a4": ["a dot", ({ id }) => `./${id}`],
  "R35-b1": ["encoded dots", () => "%2e%2e/users/pg"],
  "R35-b2": ["encoded slashes", () => "..%2fusers%2fpg"],
  "R35-b3": ["twice encoded dots", () => "%252e%252e%252fusers%252fpg"],
  "R35-b4": ["an encoded digit of the id", ({ id }) => id.replace(/\d$/, (digit) => `%3${digit}`)],
  "R35-b5": ["an overlong slash", ({ id }) => `${id}%c0%af..`],
  "R35-c1": ["backslashes", () => "..\\users\\pg"],
  "R35-c2": ["backslashes behind the id", ({ id }) => `${id}\\..\\..\\users\\pg`],
  "R35-d1": ["another host", () => `//${host}/imp_1`],
  "R35-d2": ["another address", () => `${canary.url}/payments/imp_1`],
  "R35-e1": ["a host behind an at sign", () => `@${host}`],
  "R35-e2": ["a host behind the id", ({ id }) => `${id}@${host}`],
  "R35-f1": ["a new line and a header", ({ id }) => `${id}\r\nX-Injected: 1`],
  "R35-f2": ["a whole second request", ({ id }) => `${id} HTTP/1.1\r\nHost: ${host}\r\n\r\nGET /users/pg`],
  "R35-f3": ["a new line at the end", ({ id }) => `${id}\n`],
  "R35-g1": ["a path parameter", ({ id }) => `${id};tier=BBB`],
  "R35-g2": ["a null byte", ({ id }) => `${id}\0.json`],
  "R35-g3": ["a full-width slash", ({ id }) => `${id}／..／users`],
  "R35-g4": ["a slash at the end", ({ id }) => `${id}/`],
};

const SIBLINGS: Texts = {
  "R36-a1": ["its order's pre-registration", ({ order }) => `prepare/${order}`],
  "R36-a2": ["its pre-registration, encoded", ({ order }) => `prepare%2F${order}`],
  "R36-b": ["its order's newest payment", ({ order }) => `find/${order}`],
  "R36-c1": ["its order's payments", ({ order }) => `findAll/${order}/paid`],
  "R36-c2": ["a page of them", ({ order }) => `findAll/${order}?limit=1`],
  "R36-d": ["all paid payments", () => "status/paid"],
  "R36-e": ["its balance", ({ id }) => `${id}/balance`],
  "R36-f1": ["test payments switched on", ({ id }) => `${id}?include_sandbox=true`],
  "R36-f2": ["test payments switched on, encoded", ({ id }) => `${id}%3Finclude_sandbox=true`],
  "R36-f3": ["test payments switched on, twice encoded", ({ id }) => `${id}%253Finclude_sandbox%3Dtrue`],
  "R36-f4": ["test payments switched on among others", ({ id }) => `${id}?x=1&include_sandbox=true#`],
  "R36-g1": ["several payments", ({ id }) => `?imp_uid[]=${id}`],
  "R36-g2": ["several payments by order", ({ order }) => `?merchant_uid[]=${order}`],
  "R36-h": ["a fragment", ({ id }) => `${id}#`],
  "R36-i": ["the cancel call", () => "cancel"],
  "R36-j": ["a token in the query", ({ id }) => `${id}?_token=x`],
  "R36-k": ["nothing but the prefix", () => "imp_"],
};

/** An order with a payment that the text would find. In live it is a test payment: the gateway shows it to nobody. */
async function openBait(scene: Scene): Promise<Bait> {
  const order = await scene.order();
  const { emulator } = scene.world;
  const { imp_uid: id } = scene.pay(order, { sandbox: true });
  const userCode = emulator.model.payment(id)?.meta.userCode ?? "";
  const registered = emulator.model.prepare(
    { userCode, tier: null },
    { request: { merchant_uid: order, amount: String(PRICE), currency: "KRW" }, verb: "register" },
  );
  assert.ok(registered.ok, "its pre-registration says the order's own amount");
  return { id, order };
}

/** What the gateway itself says to a logged-in caller who asks for this. */
async function askGateway({ world, emulator }: Scene, path: string) {
  const { impKey: imp_key, impSecret: imp_secret } = world.isLive ? LIVE_MERCHANT : emulator;
  const login = await fetch(`${emulator.url}/users/getToken`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ imp_key, imp_secret }),
  });
  const { response } = (await login.json()) as { response: { access_token: string } };
  const headers = { authorization: `Bearer ${response.access_token}` };
  const answer = await fetch(`${emulator.url}/payments/${path}`, { headers });
  return (await answer.json()) as { code: number; response: Record<string, unknown> | null };
}

for (const [mode, world] of Object.entries(worlds)) {
  describe(`the bait in ${mode}`, () => {
    test("R36-l would be taken by a server that pastes its ids into addresses", async () => {
      const scene = await world.scene();
      const { id, order } = await openBait(scene);
      const prepared = await askGateway(scene, `prepare/${order}`);
      assert.deepEqual(prepared.response, { merchant_uid: order, amount: PRICE, currency: "KRW" });
      const shown = await askGateway(scene, `${id}?include_sandbox=true`);
      assert.equal(`${shown.response?.["status"]} ${shown.response?.["amount"]}`, `paid ${PRICE}`);
      const hidden = await askGateway(scene, id);
      assert.equal(hidden.response, null);
      assert.equal((await askGateway(scene, `x/../${id}?include_sandbox=true`)).response?.["imp_uid"], id);
    });

    test("R36-m asked for by its plain id it counts in sandbox only", async () => {
      const scene = await world.scene();
      const { id, order } = await openBait(scene);
      await scene.expectAnswer(world.isLive ? "pending" : "success", { payment: id, order });
      const honest = world.isLive ? [await scene.expectHonestPaymentPays(order)] : [];
      await scene.expectNothingElse([id, ...honest].map(scene.lookLine));
    });
  });

  describe(`an address of ours with a path in it, in ${mode}`, () => {
    for (const [name, path] of Object.entries({
      "R35-h1 dots": "../users/pg",
      "R35-h2 encoded dots": "%2e%2e%2fusers%2fpg",
      "R35-h3 a null byte": "%00",
      "R35-h4 a broken escape": "%zz",
      "R35-h5 a backslash": "..%5c..%5cusers",
    })) {
      test(`${name} finds nothing`, async () => {
        const scene = await world.scene();
        const order = await scene.order();
        await expectNothingHappens(scene, order, async () => {
          for (const route of ["/checkout", "/v1/orders", "/v1/customers"]) {
            const answer = await scene.dojang.request("GET", `${route}/${path}`);
            assert.ok([400, 401, 404].includes(answer.status), `${route}: ${answer.status}`);
            assert.ok(!answer.text.includes(order));
          }
        });
        await scene.expectNothingElse([]);
      });
    }

    test("R35-i a path as the order of a webhook is kept as text, and asked nowhere", async () => {
      const scene = await world.scene();
      const { id, order } = await openBait(scene);
      const before = await scene.stored(order);
      for (const path of ["../../users/pg", `${order}/../../users/pg`, `//${host}`, `${order}?page=2`]) {
        const answer = await scene.dojang.webhook({ imp_uid: id, merchant_uid: path, status: "paid" });
        assert.equal(answer.status, 200);
      }
      await scene.quiet();
      assertUnchanged(before, await scene.stored(order));
      await scene.expectNothingElse([]);
    });
  });

  for (const [group, texts] of Object.entries({ "a path": PATHS, "a sibling endpoint": SIBLINGS })) {
    describe(`${group} in place of an id, in ${mode}`, () => {
      for (const [name, [what, text]] of Object.entries(texts)) {
        test(`${name} ${what} leads nowhere`, async () => {
          const scene = await world.scene();
          const bait = await openBait(scene);
          await expectRefusedAsPayment(scene, text(bait), bait.order);
          await expectNothingHappens(scene, bait.order, () =>
            expectRefusedAsOrder(scene, text(bait), bait.id),
          );
          const honest = await scene.expectHonestPaymentPays(bait.order);
          await scene.expectNothingElse([scene.lookLine(honest)]);
        });
      }
    });
  }
}
