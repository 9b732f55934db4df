// Goal: a server that cannot start says in one line what to set, and ends with 1. Method: the real command, its exit code
// and its stderr.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { until } from "../support/until.ts";
import { freePort, runDojang, startServer } from "./server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-process-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let databases = 0;
const freshDatabase = () => `sqlite:${join(folder, `${++databases}`, "dojang.db")}`;
const gatewayOf = ({ url, impKey, impSecret }: Emulator) => ({
  IMP_API_URL: url,
  IMP_KEY: impKey,
  IMP_SECRET: impSecret,
});

async function assertRefusal(
  args: readonly string[],
  env: Record<string, string>,
  line: RegExp,
): Promise<void> {
  await using server = runDojang(args, env);
  assert.equal(await server.ended, 1, server.output.stdout + server.output.stderr);
  assert.match(server.output.stderr, line);
  assert.match(server.output.stderr, /^[^\n]+\n$/, "one line");
  assert.equal(server.output.stdout.includes("example shop"), false);
}

describe("dojang start", { concurrency: true }, () => {
  test("ends with one line on a wrong setting", () =>
    assertRefusal(
      ["start"],
      { PORT: "http" },
      /^dojang: Set PORT to a whole number from 0 to 65535: saw http$/m,
    ));

  test("ends with one line in live without secrets", () =>
    assertRefusal(
      ["start"],
      { DOJANG_MODE: "live", DOJANG_PRIVATE_PORT: "1" },
      /^dojang: Set DOJANG_DATA_KEY /,
    ));

  test("ends with one line on an argument that it does not know", () =>
    assertRefusal(["start", "--port=1"], {}, /^dojang: dojang start takes no arguments/));

  test("ends with one line on a command that does not exist", () =>
    assertRefusal(["sereve"], {}, /^dojang: There is no command sereve: dojang help lists them$/m));

  test("ends with one line on a host that is none of this machine's", () =>
    assertRefusal(
      ["start"],
      { HOST: "203.0.113.7", PORT: "0", DATABASE_URL: freshDatabase() },
      /^dojang: Set HOST to an address of this machine: 203\.0\.113\.7 is not$/m,
    ));

  test("ends with one line on a folder that it may not use", () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const env = { PORT: "0", DATABASE_URL: `sqlite:${file}/dojang.db` };
    return assertRefusal(["start"], env, /^dojang: Set DATABASE_URL to a path that this user may write: /);
  });

  test("ends with one line on a file that is no database", () => {
    const file = join(folder, "a-text");
    writeFileSync(file, "no database, ".repeat(1000));
    const env = { PORT: "0", DATABASE_URL: `sqlite:${file}` };
    return assertRefusal(["start"], env, /^dojang: Cannot open the database /);
  });

  test("ends with one line on a PostgreSQL that does not answer, without its password", async () => {
    const url = `postgres://dojang:not-for-a-log@127.0.0.1:${await freePort()}/x`;
    const env = { PORT: "0", DATABASE_URL: url, DOJANG_DATA_KEY: Buffer.alloc(32, 1).toString("base64") };
    const line =
      /^dojang: Cannot open the database postgres:\/\/dojang@127\.0\.0\.1:[0-9]+\/x: connect ECONNREFUSED [0-9.:]+$/m;
    await assertRefusal(["start"], env, line);
  });

  for (const role of ["serve", "worker"]) {
    test(`ends with one line as a ${role} alone on SQLite, and makes no file`, async () => {
      const path = join(folder, `${role}.db`);
      const line = new RegExp(
        `^dojang: Set DATABASE_URL to postgres://... for dojang ${role}: one process owns`,
      );
      await assertRefusal([role], { DATABASE_URL: `sqlite:${path}` }, line);
      assert.equal(existsSync(path), false);
    });

    test(`ends with one line as a ${role} alone without a gateway`, () =>
      assertRefusal([role], { DATABASE_URL: "postgres://db/x" }, /^dojang: Set IMP_API_URL for dojang /));
  }

  test("ends with one line when a port is in use, whichever", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    await using _ = { [Symbol.asyncDispose]: async () => void taken.close() };
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    await using emulator = await startEmulator();
    const base = { DATABASE_URL: freshDatabase(), ...gatewayOf(emulator) };
    const line = new RegExp(
      `^dojang: Set (PORT|DOJANG_PRIVATE_PORT) to a free port: ${port} is in use$`,
      "m",
    );
    await assertRefusal(["start"], { ...base, PORT: port }, line);
    await assertRefusal(["start"], { ...base, PORT: "0", DOJANG_PRIVATE_PORT: port }, line);
  });

  test("ends with one line when another process holds the database", async () => {
    await using emulator = await startEmulator();
    const env = { DATABASE_URL: freshDatabase(), ...gatewayOf(emulator) };
    await using first = await startServer(env);
    await assertRefusal(
      ["start"],
      { ...env, PORT: "0" },
      /^dojang: Cannot open the database .*: it is held by another process/,
    );
    assert.equal((await fetch(`${first.url}/readyz`)).status, 200);
  });

  test("ends with one line on a database under another data key", async () => {
    await using emulator = await startEmulator();
    const env = { DATABASE_URL: freshDatabase(), ...gatewayOf(emulator) };
    const key = (byte: number) => ({ DOJANG_DATA_KEY: Buffer.alloc(32, byte).toString("base64") });
    await using first = await startServer({ ...env, ...key(1) });
    await first.kill("SIGTERM");
    await assertRefusal(["start"], { ...env, ...key(2), PORT: "0" }, /sealed under another data key/);
  });

  test("prints where everything is, and the development key, with nothing set", async () => {
    await using server = await startServer({ DATABASE_URL: freshDatabase(), DOJANG_API_KEY: "" });
    // It is ready before it has said all.
    await until("the panel is printed", () => server.output.stdout.includes("API reference"));
    const { stdout } = server.output;
    for (const part of [
      "example shop",
      "/console",
      "password",
      "/admin",
      "API reference",
      "dojang-development-key-not-for-live",
    ]) {
      assert.ok(stdout.includes(part), stdout);
    }
    for (const [address] of stdout.matchAll(/http:\/\/\S+/g)) {
      const answer = await fetch(address);
      await answer.arrayBuffer();
      assert.ok(answer.status < 500, `${address} ${answer.status}`);
    }
  });
});

describe("dojang emulator", { concurrency: true }, () => {
  test("refuses to start in live", () =>
    assertRefusal(["emulator"], { DOJANG_MODE: "live" }, /DOJANG_MODE is live/));

  test("starts alone, on the port it is given, and ends on SIGTERM", async () => {
    const port = await freePort();
    await using emulator = runDojang(["emulator", "--port", String(port)], {});
    await once(emulator.child.stdout ?? emulator.child, "data");
    const answer = await fetch(`http://127.0.0.1:${port}/admin`);
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
    assert.equal(await emulator.kill("SIGTERM"), 0);
  });
});

describe("dojang help", () => {
  test("lists the commands", async () => {
    await using help = runDojang(["help"], {});
    assert.equal(await help.ended, 0);
    for (const command of ["dojang start", "dojang emulator"])
      assert.ok(help.output.stdout.includes(command));
  });
});
