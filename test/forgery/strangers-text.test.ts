// R41: text that strangers choose. Goal: no line break of theirs makes a line of the log, and no field of theirs another. Method: ids, names
// and reasons full of line breaks and quotes through every entrance; then each log line is read by itself.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld, type Scene } from "../support/forgery.ts";

const world = await openWorld();
after(() => world.close());

const BREAKS = 'x\r\n{"level":"error","event":"order_paid","alarm":true}\u2028\u0000","event":"order_paid';

/** What the log got by `act`, as lines of text. */
async function linesBy(scene: Scene, act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = scene.dojang.logLines.length;
  await act();
  await scene.quiet();
  return scene.dojang.logLines.slice(before);
}

function assertOneLineEach(lines: readonly string[]): void {
  assert.ok(lines.length > 0, "nothing was logged");
  for (const line of lines) {
    assert.match(line, /^[^\r\n\u2028]+\n?$/, "one line is one line");
    assert.notEqual(JSON.parse(line).event, "order_paid", line);
  }
}

describe("a line break of a stranger", () => {
  test("R41-a in a webhook, in its address and its headers makes no line of the log", async () => {
    const scene = await world.scene();
    const lines = await linesBy(scene, async () => {
      const ids = { imp_uid: "imp_000000000041", merchant_uid: BREAKS, status: BREAKS };
      await scene.dojang.webhook(ids);
      await scene.dojang.request("POST", "/payments/complete", {
        body: { imp_uid: BREAKS, merchant_uid: BREAKS },
      });
      const query = new URLSearchParams({ imp_uid: BREAKS, merchant_uid: BREAKS });
      await scene.dojang.request("GET", `/payments/redirect?${query}`);
      await scene.dojang.request("GET", `/checkout/${encodeURIComponent(BREAKS)}`);
      const headers = { "user-agent": "x\u0085y", "x-forwarded-for": '1.2.3.4", "event":"order_paid' };
      await scene.dojang.webhook({ imp_uid: "imp_000000000042" }, headers);
    });
    assertOneLineEach(lines);
    await scene.expectBystandersUnchanged();
  });

  test("R41-a in the gateway's answer makes no line of the log", async () => {
    const scene = await world.scene();
    const order = await scene.order({ name: BREAKS.replaceAll(/\p{C}/gu, " ").slice(0, 40) });
    const fields = {
      status: "failed",
      fail_reason: BREAKS,
      buyer_name: BREAKS,
      custom_data: BREAKS,
    } as const;
    const failed = scene.pay(order, fields);
    const odd = scene.pay(order, { raw: { status: JSON.stringify(BREAKS) } });
    const lines = await linesBy(scene, async () => {
      await scene.expectAnswer("failed", { payment: failed, order });
      await scene.expectAnswer("pending", { payment: odd, order });
      await scene.webhook(odd);
    });
    assertOneLineEach(lines);
  });
});
