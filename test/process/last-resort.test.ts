// C13. Goal: a fault that nobody caught ends the process in order: said once with an alarm and without what it quotes, the answer under way
// given. Method: the real process, with a throw that is brought in from outside of its code.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { databaseEnvIn, removeDatabaseIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";
import { startServer } from "./server-process.ts";

const SENTINEL = "sentinel-of-a-fault-0815";
/** Put together there: a stack shows where the code came from, which is its text here. */
const FAULT = `throw new Error("${SENTINEL.slice(0, 8)}" + "${SENTINEL.slice(8)}")`;

test("C13 a fault that nobody caught ends the process with an alarm, after the answer under way", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dojang-last-"));
  await using emulator = await startEmulator();
  emulator.webhooks.auto = false;
  const code = encodeURIComponent(`process.on("SIGUSR2", () => { ${FAULT}; });`);
  const env = {
    ...(await databaseEnvIn(folder)),
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
    NODE_OPTIONS: `--import=data:text/javascript,${code}`,
  };
  try {
    await using server = await startServer(env);
    // The panel comes last: before it there is nothing yet that could be ended in order.
    await until("its panel is there", () => server.output.stdout.includes("/console"));
    const { body } = await server.post("/v1/orders", { name: "감귤", amount: 50_000 });
    const merchant_uid = String(body["merchant_uid"]);
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
    const held = Promise.withResolvers<void>();
    emulator.override({ path: /^\/payments\/imp/ }, { holdUntil: held.promise });
    const answer = server.post("/payments/complete", { imp_uid, merchant_uid });
    await until("the gateway is asked", () =>
      [...emulator.requests].some(({ path }) => path.startsWith(`/payments/${imp_uid}`)),
    );
    server.child.kill("SIGUSR2");
    await until("it says so", () => server.output.stdout.includes("process_failed"));
    held.resolve();
    assert.equal((await answer).body["status"], "success");
    assert.equal(await server.ended, 1);
    const { stdout, stderr } = server.output;
    const said = stdout.split("\n").filter((line) => line.includes('"process_failed"'));
    assert.equal(said.length, 1);
    assert.equal(JSON.parse(said[0] ?? "").alarm, true);
    assert.ok(!`${stdout}${stderr}`.includes(SENTINEL), "the fault's own words are kept back");
  } finally {
    await removeDatabaseIn(folder);
  }
});
