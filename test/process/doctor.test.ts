// Goal: one command says whether an installation is well, beside its server or without one, and gives no secret away.
// Method: the real command; the gateway is the emulator in this process.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openReceiver } from "../emulator/open-receiver.ts";
import { databaseEnvIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";
import { API_KEY, freePort, runDojang, startServer } from "./server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-doctor-"));
let emulator: Emulator;
before(async () => {
  emulator = await startEmulator();
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const envOf = async (name: string) => ({
  ...(await databaseEnvIn(join(folder, name))),
  IMP_API_URL: emulator.url,
  IMP_KEY: emulator.impKey,
  IMP_SECRET: emulator.impSecret,
  DOJANG_API_KEY: API_KEY,
});

/** The lines as [mark, about, says]. */
async function examine(env: Record<string, string>) {
  const command = runDojang(["doctor"], env);
  const code = await command.ended;
  const { stdout, stderr } = command.output;
  assert.equal(stderr, "");
  for (const secret of [emulator.impKey, emulator.impSecret, API_KEY]) assert.ok(!stdout.includes(secret));
  const lines = stdout.trimEnd().split("\n");
  return { code, lines: lines.map((line) => line.split(/ {2,}/)) };
}

describe("dojang doctor", () => {
  test("finds a fresh installation well", async () => {
    const { code, lines } = await examine(await envOf("fresh"));
    assert.equal(code, 0);
    assert.deepEqual(
      lines.filter(([, about]) => about !== "settings").map(([mark, about]) => [mark, about]),
      [
        ["ok", "gateway keys"],
        ["ok", "channels"],
        ["ok", "clock"],
        ["warn", "events"],
        ["ok", "database"],
      ],
    );
  });

  test("says where events go, without the address's path and the secret, and sends nothing there", async () => {
    await using shop = await openReceiver();
    const secret = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
    const eventsEnv = { ...(await envOf("events")), DOJANG_EVENTS_SECRET: secret };
    const well = await examine({ ...eventsEnv, DOJANG_EVENTS_URL: `${shop.url}/a-token` });
    const origin = new URL(shop.url).origin;
    const line = well.lines.find(([, about]) => about === "events");
    assert.deepEqual(line, ["ok", "events", `to ${origin}, reachable, recheck required`]);
    assert.ok(!well.lines.flat().some((text) => text.includes(secret) || text.includes("a-token")));
    assert.deepEqual([well.code, shop.received], [0, []]);
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const { code, lines } = await examine({ ...eventsEnv, DOJANG_EVENTS_URL: nobody });
    assert.equal(code, 1);
    assert.deepEqual(
      lines.find(([, about]) => about === "events"),
      ["FAIL", "events", `to ${nobody}, not reachable (ECONNREFUSED), recheck required`],
    );
  });

  test("warns when what was paid is found by looks only, and says when the last webhook came", async () => {
    const env = await envOf("late");
    emulator.webhooks.auto = false;
    await using server = await startServer(env);
    const found = async () => {
      const { code, lines } = await examine(env);
      assert.equal(code, 0, "a warning is no failure");
      return lines.find(([, about]) => about === "found late");
    };
    const pay = async (tell: (ids: { imp_uid: string; merchant_uid: string }) => Promise<unknown>) => {
      const { body } = await server.post("/v1/orders", { name: "감귤", amount: 1000 });
      const merchant_uid = String(body["merchant_uid"]);
      const { imp_uid } = emulator.pay({ merchant_uid, amount: 1000, sandbox: true });
      await tell({ imp_uid, merchant_uid });
      await until("it is paid", async () => (await server.read(merchant_uid)).status === "paid");
    };
    for (let n = 0; n < 9; n += 1) await pay((ids) => server.post("/payments/complete", ids));
    await pay(({ merchant_uid }) => server.post(`/v1/tasks/look:${merchant_uid}/retry`, {}));
    const tenth = "10 % of 10 results in 7 days by looks and sweeps only";
    assert.deepEqual(await found(), ["ok", "found late", tenth]);
    await pay(({ merchant_uid }) => server.post(`/v1/tasks/look:${merchant_uid}/retry`, {}));
    const [mark, , says = ""] = (await found()) ?? [];
    assert.equal(mark, "warn");
    assert.match(says, /^18 % of 11 results .*: do webhooks come\? \(the last one: none yet\)$/);
  });

  test("looks beside a running server, and changes nothing there", async () => {
    const env = await envOf("running");
    await using server = await startServer(env);
    const before = await examine(env);
    assert.equal(before.code, 0);
    const says = (lines: string[][], about: string) => lines.find((line) => line[1] === about)?.[2];
    assert.equal(says(before.lines, "database"), "durable (WAL), held by a running server");
    assert.equal(says(before.lines, "last webhook"), "none yet");
    assert.equal(says(before.lines, "found late"), "no results in 7 days");
    assert.equal(says(before.lines, "discrepancies"), "0 open");
    assert.equal((await server.post("/webhooks/iamport", { imp_uid: "imp_1" })).status, 200);
    assert.match(says((await examine(env)).lines, "last webhook") ?? "", /^\d+ s ago$/);
    await server.kill("SIGTERM");
    assert.equal(says((await examine(env)).lines, "database"), "durable (WAL), held by nobody");
  });

  test("fails for keys that the gateway refuses, and for settings that are none", async () => {
    const refused = await examine({ ...(await envOf("refused")), IMP_SECRET: "not-the-secret" });
    assert.equal(refused.code, 1);
    assert.deepEqual(
      refused.lines.find(([mark]) => mark === "FAIL"),
      ["FAIL", "gateway keys", "refused (key_refused)"],
    );
    const wrong = await examine({ ...(await envOf("wrong")), PORT: "many" });
    assert.equal(wrong.code, 1);
    assert.deepEqual(wrong.lines, [
      ["FAIL", "settings", "Set PORT to a whole number from 0 to 65535: saw many"],
    ]);
  });

  test("fails for a gateway that does not answer, for a clock that is wrong and for a file that is no database", async () => {
    const end = emulator.override({ path: /^\/users\/pg/ }, { status: 503, body: "" });
    const away = await examine(await envOf("away"));
    end();
    assert.equal(away.code, 1);
    assert.match(away.lines.find(([mark]) => mark === "FAIL")?.[2] ?? "", /cannot be asked \(http_503\)/);
    const early = await startEmulator({ now: () => Date.now() - 3_600_000 });
    const late = await examine({ ...(await envOf("clock")), IMP_API_URL: early.url });
    await early.close();
    assert.equal(late.code, 1);
    assert.match(late.lines.find(([mark]) => mark === "FAIL")?.[2] ?? "", /3[56]\d\d s behind/);
    const strange = await examine({ ...(await envOf("strange")), DATABASE_URL: "sqlite:package.json" });
    assert.equal(strange.code, 1);
    assert.deepEqual(strange.lines.at(-1), ["FAIL", "database", "file is not a database"]);
  });
});
