// R55: settings that are missing. Goal: a live server never starts on a guess: not without a key, not in a mode that nobody knows.
// Method: the real process with one setting taken away; it must end with one line that names the setting, and the gateway must
// not have heard of it. Weak and public values: test/config/live.test.ts.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { LIVE_MERCHANT } from "../support/forgery.ts";

const COMMAND = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** A server that starts all the same is ended then. */
const GIVE_UP_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), "dojang-boot-"));
const emulator = await startEmulator();
emulator.model.addMerchant(LIVE_MERCHANT);
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const LIVE: Readonly<Record<string, string>> = {
  DOJANG_MODE: "live",
  PORT: "0",
  DOJANG_ALLOW_ONE_PORT: "1",
  DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
  IMP_API_URL: emulator.url,
  IMP_KEY: LIVE_MERCHANT.impKey,
  IMP_SECRET: LIVE_MERCHANT.impSecret,
  DOJANG_API_KEY: "a-live-key-of-a-test-that-nothing-else-takes",
  DOJANG_DATA_KEY: randomBytes(32).toString("base64"),
};

/** Runs the server with exactly these settings, to its end. */
async function start(env: Readonly<Record<string, string>>) {
  const { PATH = "" } = process.env;
  const child = execFile(process.execPath, [COMMAND, "start"], {
    env: { PATH, ...env },
    timeout: GIVE_UP_MS,
  });
  const [stdout = "", stderr = ""] = await Promise.all(
    [child.stdout, child.stderr].map((stream) => (stream === null ? "" : text(stream))),
  );
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return { code: child.exitCode, stdout, stderr };
}

/** What is taken away (`undefined`) or spoilt, and the setting that the line must name. */
const SPOILT: readonly {
  readonly id: string;
  readonly what: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly names: string;
}[] = [
  { id: "R55-aa", what: "no IMP_KEY", env: { IMP_KEY: undefined }, names: "IMP_KEY" },
  { id: "R55-ab", what: "no IMP_SECRET", env: { IMP_SECRET: undefined }, names: "IMP_SECRET" },
  { id: "R55-ac", what: "no DOJANG_API_KEY", env: { DOJANG_API_KEY: undefined }, names: "DOJANG_API_KEY" },
  { id: "R55-ad", what: "no DOJANG_DATA_KEY", env: { DOJANG_DATA_KEY: undefined }, names: "DOJANG_DATA_KEY" },
  {
    id: "R55-ae",
    what: "no word on ports",
    env: { DOJANG_ALLOW_ONE_PORT: undefined },
    names: "DOJANG_PRIVATE_PORT",
  },
  {
    id: "R55-af",
    what: "no word on a gateway in the clear",
    env: { DOJANG_ALLOW_LOOPBACK_GATEWAY: undefined },
    names: "IMP_API_URL",
  },
  {
    id: "R55-ag",
    what: "a mode that there is not",
    env: { DOJANG_MODE: "production" },
    names: "DOJANG_MODE",
  },
];

describe("dojang start in live", { concurrency: 2 }, () => {
  for (const { id, what, env, names } of SPOILT) {
    test(`${id} does not start with ${what}`, async () => {
      const database = join(folder, id, "dojang.db");
      const settings = Object.entries({ ...LIVE, DATABASE_URL: `sqlite:${database}`, ...env });
      const given = settings.filter((entry): entry is [string, string] => entry[1] !== undefined);
      const { code, stdout, stderr } = await start(Object.fromEntries(given));
      assert.equal(`${code} ${stdout}`, "1 ");
      assert.match(stderr, /^dojang: [^\n]+\n$/, "one line");
      assert.ok(stderr.includes(names), stderr);
      for (const secret of [LIVE["IMP_SECRET"], LIVE["DOJANG_API_KEY"], LIVE["DOJANG_DATA_KEY"]])
        assert.ok(!stderr.includes(secret ?? ""), "the line repeats no secret");
      assert.equal(existsSync(database), false, "nothing was opened");
    });
  }

  after(() => assert.deepEqual(emulator.requests.lines(), [], "the gateway has not heard of any of them"));
});
