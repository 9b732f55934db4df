// Goal: to an operator several servers on one database are one. Method: two servers on a real PostgreSQL; what is done at one is looked for
// at the other.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { askConsole, OPERATOR_PASSWORD, postSession, signedIn } from "../support/console.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { assertProblem } from "./answers.ts";

let emulator: Emulator;
let databaseUrl: string;
let one: TestDojang;
let other: TestDojang;
before(async () => {
  emulator = await startEmulator();
  databaseUrl = await makeDatabase();
  const options = { emulator, role: "serve", env: { DATABASE_URL: databaseUrl } } as const;
  [one, other] = [await startTestDojang(options), await startTestDojang(options)];
});
after(async () => {
  await Promise.all([one, other].map((dojang) => dojang[Symbol.asyncDispose]()));
  await dropDatabase(databaseUrl);
  await emulator.close();
});

describe("Two servers on one database", () => {
  test("know one session, and both forget it when it ends at one", async () => {
    const { cookie, ask } = await signedIn(one, "admin", "kim");
    const atOther = () => askConsole(other, "GET", { path: "/session", cookie });
    assert.equal((await atOther()).body.name, "kim");
    assert.equal((await ask("POST", "/session/end")).status, 204);
    assertProblem(await atOther(), "session_required");
  });

  test("count guesses together", async () => {
    const guess = { name: "kim", password: "not the right one" };
    for (let tries = 0; tries < 5; tries += 1)
      assertProblem(await postSession(tries % 2 === 0 ? one : other, guess), "sign_in_refused");
    assertProblem(
      await postSession(other, { name: "kim", password: OPERATOR_PASSWORD }),
      "too_many_sign_ins",
    );
  });

  test("take and refuse one API key", async () => {
    const { ask } = await signedIn(one, "admin", "lee");
    const { secret, id } = (await ask("POST", "/api-keys", { body: { name: "ERP" } })).body;
    const headers = { authorization: `Bearer ${secret}` };
    const call = () => other.request("GET", "/v1/orders", { isShop: false, headers });
    assert.equal((await call()).status, 200);
    await ask("POST", `/api-keys/${id}/revoke`);
    assertProblem(await call(), "unauthorized");
  });

  test("tell an open page what happened at the other", async () => {
    const { cookie } = await signedIn(one, "viewer", "park");
    const url = `${one.dojang.privateUrl}/console/api/live`;
    const abort = new AbortController();
    const response = await fetch(url, { headers: { cookie }, signal: abort.signal });
    const chunks = (response.body ?? new ReadableStream()).values();
    const hear = async (words: string) => {
      for (let text = ""; !text.includes(words); ) {
        const { value, done } = await chunks.next();
        assert.equal(done, false, `the stream ended before ${words}`);
        text += Buffer.from(value).toString("utf8");
      }
    };
    // The second beat: the feed has looked by then, and what comes after it is news.
    await hear("beat");
    await hear("beat");
    const { merchant_uid } = (await other.order()).body;
    await hear(merchant_uid);
    abort.abort();
  });
});
