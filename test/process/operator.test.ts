// Goal: whoever has the machine lets operators in, beside a running server and without one. Method: the real command, then a sign-in
// with what it printed.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { openHostProof } from "../../src/usecases/host-proof.ts";
import { databaseIn, removeDatabaseIn } from "../support/test-engine.ts";
import { freePort, runDojang, startServer } from "./server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "dojang-operator-test-"));
const DATA_KEY = Buffer.alloc(32, 5).toString("base64");
const env = {
  DATABASE_URL: await databaseIn(folder),
  DOJANG_DATA_KEY: DATA_KEY,
  IMP_API_URL: "http://127.0.0.1:9",
  PORT: String(await freePort()),
};
after(async () => {
  await removeDatabaseIn(folder);
  rmSync(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], more: Record<string, string> = {}, name = "operator") {
  const command = runDojang([name, ...args], { ...env, ...more });
  return { code: await command.ended, ...command.output };
}

const passwordIn = (stdout: string) => /first password, shown this once: (\S{20})\n/.exec(stdout)?.[1] ?? "";

describe("dojang operator, dojang key", () => {
  test("adds, lists, changes and refuses, without a server and beside one", async () => {
    const added = await run(["add", "kim", "--role", "admin"]);
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stdout, /^added kim \(admin\)\n/);
    assert.match((await run(["disable", "kim"])).stderr, /^dojang: Make another operator an admin first/);

    await using server = await startServer(env);
    const signIn = (name: string, password: string) =>
      fetch(`${server.url}/console/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: server.url },
        body: JSON.stringify({ name, password }),
      });
    assert.equal((await signIn("kim", passwordIn(added.stdout))).status, 201);
    const beside = await run(["add", "이대리", "--role", "viewer"]);
    assert.equal(beside.code, 0, beside.stderr);
    assert.equal((await signIn("이대리", passwordIn(beside.stdout))).status, 201);
    const list = await run(["list"]);
    const shown = list.stdout.split("\n").map((line) => line.split("\t").slice(0, 2).join(" "));
    // The sandbox lets one of its own in.
    assert.deepEqual(shown, ["kim admin", "sandbox admin", "이대리 viewer", ""]);
    assert.equal((await run(["disable", "이대리"])).code, 0);
    assert.equal((await signIn("이대리", passwordIn(beside.stdout))).status, 401);
    const key = await run(["add", "ERP"], {}, "key");
    const [, id = "", secret = ""] =
      /^(key_\w+)\tERP\tactive\nkey, shown this once: (djk_\S+)\n$/.exec(key.stdout) ?? [];
    const call = () => fetch(`${server.url}/v1/orders`, { headers: { authorization: `Bearer ${secret}` } });
    assert.equal((await call()).status, 200, key.stdout + key.stderr);
    assert.equal((await run(["revoke", id], {}, "key")).stdout, `revoked ${id}\n`);
    assert.equal((await call()).status, 401);
    await hearsNobodyElse(server.url);
  });

  test("says how it is called", async () => {
    for (const args of [
      [],
      ["add", "kim"],
      ["add", "kim", "--role", "root"],
      ["list", "x"],
      ["remove", "kim"],
    ])
      assert.match((await run(args)).stderr, /expected one of\n {2}dojang operator add/);
  });
});

/** Without the data key, long ago, or with another text, the server hears no command. */
async function hearsNobodyElse(url: string): Promise<void> {
  const body = JSON.stringify({ kind: "add", name: "mallory", role: "admin" });
  const own = openHostProof(Buffer.from(DATA_KEY, "base64"));
  const foreign = openHostProof(Buffer.alloc(32, 6));
  const now = Date.now();
  const proofs = [
    foreign.make(body, now),
    own.make(body, now - 61_000),
    own.make(body, now + 61_000),
    own.make(`${body} `, now),
    "",
    `${now}.${"0".repeat(64)}`,
  ];
  for (const authorization of [
    ...proofs.map((proof) => `Dojang ${proof}`),
    "Bearer process-test-api-key-000000000001",
  ]) {
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(`${url}/console/host`, { method: "POST", headers, body });
    assert.equal(response.status, 401, authorization);
  }
}
