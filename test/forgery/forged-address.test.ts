// R48: webhooks that claim to come from i'mport. Goal: an address opens no door; it is a signal in the log, and taken from as many
// proxies as the operator trusts and no more. Method: the same forged and true webhooks with X-Forwarded-For, behind 0, 1
// and 2 trusted proxies, and everything but the address compared.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld, type World } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { untilHintsDone } from "../support/until-hints-done.ts";

/** Where i'mport's webhooks come from, as published. */
const PUBLISHED = "52.78.100.19";
const OTHER = "203.0.113.7";
const HERE = "127.0.0.1";

/** The claimed addresses, and whom the server believes behind so many proxies. */
const CLAIMS: readonly { readonly claim?: string; readonly believed: readonly [string, string, string] }[] = [
  { believed: [HERE, HERE, HERE] },
  { claim: PUBLISHED, believed: [HERE, PUBLISHED, PUBLISHED] },
  { claim: `${PUBLISHED}, ${OTHER}`, believed: [HERE, OTHER, PUBLISHED] },
  { claim: `${OTHER}, ${PUBLISHED}`, believed: [HERE, PUBLISHED, OTHER] },
  { claim: `${PUBLISHED}, ${PUBLISHED}, ${OTHER}, ${OTHER}`, believed: [HERE, OTHER, OTHER] },
];

const FURTHER_HEADERS = {
  "x-real-ip": PUBLISHED,
  forwarded: `for=${PUBLISHED};proto=https`,
  "cf-connecting-ip": PUBLISHED,
  "true-client-ip": PUBLISHED,
  "x-client-ip": PUBLISHED,
  "x-forwarded-host": "evil.example.com",
  "x-forwarded-proto": "https",
};

interface StoredWebhook {
  readonly address: string;
  readonly is_published_address: boolean;
}

/** What the log says of the last webhook for this payment. */
function loggedOf({ dojang }: World, impUid: string): StoredWebhook {
  const lines = dojang.logLines.map((line) => JSON.parse(line));
  const { address, is_published_address } = lines.findLast(
    ({ msg, imp_uid }) => msg === "webhook_stored" && imp_uid === impUid,
  );
  return { address, is_published_address };
}

for (const hops of [0, 1, 2] as const) {
  const world = await openWorld({ env: { DOJANG_TRUSTED_PROXY_HOPS: String(hops) } });
  after(() => world.close());

  describe(`POST /webhooks/iamport behind ${hops} trusted proxies`, () => {
    CLAIMS.forEach(({ claim, believed }, index) => {
      test(`R48-q${hops}${index} X-Forwarded-For: ${claim ?? "none"} is ${believed[hops]} in the log, and nothing else`, async () => {
        const scene = await world.scene();
        const headers = { ...FURTHER_HEADERS, ...(claim === undefined ? {} : { "x-forwarded-for": claim }) };
        const address = { address: believed[hops], is_published_address: believed[hops] === PUBLISHED };

        const order = await scene.order();
        const before = await scene.stored(order);
        const forged = { imp_uid: `imp_99999999999${index}`, merchant_uid: order, status: "paid" };
        const refused = await scene.dojang.webhook(forged, headers);
        assert.equal(`${refused.status} ${refused.text}`, '200 {"status":"ok"}');
        await untilHintsDone(scene.dojang, forged.imp_uid);
        assertUnchanged(before, await scene.stored(order));
        assert.deepEqual(loggedOf(world, forged.imp_uid), address);

        const payment = scene.pay(order);
        const told = { imp_uid: payment.imp_uid, merchant_uid: order, status: "paid" };
        const taken = await scene.dojang.webhook(told, headers);
        assert.equal(`${taken.status} ${taken.text}`, '200 {"status":"ok"}');
        await untilHintsDone(scene.dojang, payment.imp_uid);
        assert.deepEqual(loggedOf(world, payment.imp_uid), address);
        const { order: row } = await scene.expectStored(order, {
          status: "paid",
          paidBy: payment.imp_uid,
          payments: { [payment.imp_uid]: "applied" },
        });
        assert.ok(
          row.checkout_url.startsWith(`${scene.dojang.url}/checkout/`),
          "no header names this server",
        );
        const [hint] = await world.dojang.dojang.deps.store.readHints(1);
        assert.equal(hint?.sourceAddress, believed[hops]);
        await scene.expectNothingElse([scene.lookLine(forged.imp_uid), scene.lookLine(payment)]);
      });
    });
  });
}
