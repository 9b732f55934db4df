import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { addOperator } from "../../src/usecases/operators.ts";
import {
  askConsole,
  cookieOf,
  makeOperator,
  OPERATOR_PASSWORD,
  postSession,
  signedIn,
  signInAgain,
} from "../support/console.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { assertProblem } from "./answers.ts";

const HOUR_MS = 3_600_000;
let now = Date.UTC(2026, 7, 3, 1);
const clock = { now: () => now, after: () => () => {} };
let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator, clock, env: { DOJANG_TRUSTED_PROXY_HOPS: "1" } });
  await makeOperator(dojang, "kim", "admin");
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const from = (address: string) => ({ "x-forwarded-for": address });
const guess = (name: string, address: string, password = "wrong password here") =>
  postSession(dojang, { name, password, headers: from(address) });

describe("Signing in", () => {
  test("sets a cookie that no script reads and no other site sends", async () => {
    const answer = await postSession(dojang, { name: "kim", password: OPERATOR_PASSWORD });
    assert.equal(answer.status, 201, answer.text);
    assert.match(
      answer.headers.get("set-cookie") ?? "",
      /^dojang_console=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    assert.deepEqual(
      { ...answer.body, expires_at: "" },
      {
        name: "kim",
        role: "admin",
        must_change_password: false,
        expires_at: "",
        sandbox: true,
      },
    );
    const read = await askConsole(dojang, "GET", { path: "/session", cookie: cookieOf(answer) });
    assert.equal(read.body.name, "kim");
  });

  test("over TLS sets a cookie that only TLS carries", async () => {
    const origin = new URL(dojang.dojang.privateUrl).origin.replace("http:", "https:");
    const headers = { "x-forwarded-proto": "https", origin };
    const answer = await postSession(dojang, { name: "kim", password: OPERATOR_PASSWORD, headers });
    const cookie = answer.headers.get("set-cookie") ?? "";
    assert.match(cookie, /^__Host-dojang_console=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    assert.equal(
      (await askConsole(dojang, "GET", { path: "/session", cookie: cookieOf(answer), headers })).status,
      200,
    );
    const plain = cookieOf(answer).replace("__Host-", "");
    assertProblem(
      await askConsole(dojang, "GET", { path: "/session", cookie: plain, headers }),
      "session_required",
    );
  });

  // Who is on the way can make a page under our own name, but not over TLS.
  test("takes nothing over TLS from a page that did not come over it", async () => {
    const plain = { ...from("10.0.0.9"), "x-forwarded-proto": "https" };
    const own = { name: "kim", password: OPERATOR_PASSWORD };
    assertProblem(await postSession(dojang, { ...own, headers: plain }), "foreign_origin");
    const origin = new URL(dojang.dojang.privateUrl).origin.replace("http:", "https:");
    assert.equal((await postSession(dojang, { ...own, headers: { ...plain, origin } })).status, 201);
  });

  test("tells a wrong name and a wrong password alike", async () => {
    const answers = [await guess("kim", "10.0.0.1"), await guess("nobody", "10.0.0.1")];
    for (const answer of answers) assertProblem(answer, "sign_in_refused");
    assert.equal(answers[0]?.text, answers[1]?.text);
    assert.equal(answers[0]?.headers.get("www-authenticate"), null);
  });

  test("never keeps the id of the session or the password where it is stored", async () => {
    const { cookie } = await signInAgain(dojang, "kim");
    const id = cookie.split("=")[1] ?? "";
    const found = await dojang.dojang.deps.store.console.readSession(Buffer.from(id));
    assert.equal(found, undefined);
    assert.equal(dojang.logLines.join("").includes(id), false);
    assert.equal(dojang.logLines.join("").includes(OPERATOR_PASSWORD), false);
  });

  for (const [what, cookie] of [
    ["no cookie", undefined],
    ["another cookie", `dojang_console=${"a".repeat(43)}`],
    ["an empty one", "dojang_console="],
    ["a long one", `dojang_console=${"a".repeat(4000)}`],
  ] as const)
    test(`is asked for when there is ${what}`, async () => {
      const answer = await askConsole(dojang, "GET", {
        path: "/figures",
        ...(cookie === undefined ? {} : { cookie }),
      });
      assertProblem(answer, "session_required");
    });
});

describe("A session", () => {
  test("ends an hour after its last use, and a page that looks by itself is no use", async () => {
    const { ask } = await signInAgain(dojang, "kim");
    for (let minutes = 0; minutes < 90; minutes += 45) {
      now += 45 * 60_000;
      assert.equal((await ask("GET", "/session")).status, 200);
    }
    const headers = { "x-dojang-by-itself": "1" };
    now += HOUR_MS - 1;
    assert.equal((await ask("GET", "/session", { headers })).status, 200);
    now += 1;
    assertProblem(await ask("GET", "/session"), "session_required");
  });

  // An EventSource sends no header of ours, and opens again by itself whenever its connection is lost.
  test("is not used by a page that opens its news again", async () => {
    const { ask, cookie } = await signInAgain(dojang, "kim");
    now += HOUR_MS - 1;
    const news = await fetch(`${dojang.dojang.privateUrl}/console/api/live`, { headers: { cookie } });
    assert.equal(news.status, 200);
    await news.body?.cancel();
    now += 1;
    assertProblem(await ask("GET", "/session"), "session_required");
  });

  test("ends after twelve hours, however much it is used", async () => {
    const { ask } = await signInAgain(dojang, "kim");
    for (let hours = 0; hours < 11.5; hours += 0.5) {
      now += HOUR_MS / 2;
      assert.equal((await ask("GET", "/session")).status, 200);
    }
    now += HOUR_MS / 2;
    assertProblem(await ask("GET", "/session"), "session_required");
  });

  test("ends when its operator signs out, and no other one with it", async () => {
    const [one, other] = [await signInAgain(dojang, "kim"), await signInAgain(dojang, "kim")];
    assert.equal((await one.ask("POST", "/session/end")).status, 204);
    assertProblem(await one.ask("GET", "/session"), "session_required");
    assert.equal((await other.ask("GET", "/session")).status, 200);
  });

  test("ends with all others when its operator signs out everywhere", async () => {
    const [one, other] = [await signInAgain(dojang, "kim"), await signInAgain(dojang, "kim")];
    assert.equal((await one.ask("POST", "/session/end-all")).status, 204);
    for (const { ask } of [one, other]) assertProblem(await ask("GET", "/session"), "session_required");
  });

  test("is known to every process on the same database", async () => {
    const { cookie } = await signInAgain(dojang, "kim");
    const { deps } = dojang.dojang;
    const { readSession } = await import("../../src/usecases/sign-in.ts");
    const found = await readSession(deps, { sessionId: cookie.split("=")[1] ?? "", isUse: true });
    assert.equal(found?.operator.name, "kim");
  });
});

describe("A password", () => {
  test("that somebody else made opens nothing but the way to a new one", async () => {
    const added = await addOperator(dojang.dojang.deps, { name: "new", role: "admin", actor: "host" });
    assert.equal(added.kind, "added");
    const answer = await postSession(dojang, {
      name: "new",
      password: added.kind === "added" ? added.password : "",
    });
    assert.equal(answer.body.must_change_password, true);
    const cookie = cookieOf(answer);
    assertProblem(await askConsole(dojang, "GET", { path: "/figures", cookie }), "password_change_required");
    assertProblem(
      await askConsole(dojang, "GET", { path: "/v1/orders", cookie }),
      "password_change_required",
    );
  });

  test("changes only with the present one, and ends the other sessions", async () => {
    const one = await signedIn(dojang, "viewer", "lee");
    const other = await signInAgain(dojang, "lee");
    const change = (current: string, next: string) =>
      one.ask("POST", "/session/password", { body: { current, next } });
    assertProblem(await change("not the present one", "a brand new one 77"), "sign_in_refused");
    for (const weak of ["short", "aaaaaaaaaaaaaaaa", "this is lee's own", OPERATOR_PASSWORD])
      assertProblem(await change(OPERATOR_PASSWORD, weak), "weak_password");
    assert.equal((await change(OPERATOR_PASSWORD, "a brand new one 77")).status, 204);
    assert.equal((await one.ask("GET", "/session")).status, 200);
    assertProblem(await other.ask("GET", "/session"), "session_required");
    assertProblem(await postSession(dojang, { name: "lee", password: OPERATOR_PASSWORD }), "sign_in_refused");
    const again = await postSession(dojang, { name: "lee", password: "a brand new one 77" });
    assert.equal(again.status, 201);
  });

  test("is not guessed by who has a session alone", async () => {
    const one = await signedIn(dojang, "viewer", "choi");
    const change = (current: string) =>
      one.ask("POST", "/session/password", { body: { current, next: "a brand new one 77" } });
    for (let tries = 0; tries < 5; tries += 1)
      assertProblem(await change(`guess ${tries}`), "sign_in_refused");
    assertProblem(await change(OPERATOR_PASSWORD), "too_many_sign_ins");
    now += HOUR_MS / 4;
    assert.equal((await change(OPERATOR_PASSWORD)).status, 204);
  });

  test("is looked at in full: 128 characters, in any normal form", async () => {
    const one = await signedIn(dojang, "viewer", "park");
    const long = `비밀번호 ${"가나다라마바사아자차카타파하".repeat(8)}`.slice(0, 128);
    const body = { current: OPERATOR_PASSWORD, next: long };
    assert.equal((await one.ask("POST", "/session/password", { body })).status, 204);
    assertProblem(
      await postSession(dojang, { name: "park", password: long.slice(0, -1) }),
      "sign_in_refused",
    );
    assert.equal((await postSession(dojang, { name: "park", password: long.normalize("NFD") })).status, 201);
    assert.equal((await postSession(dojang, { name: "park", password: long })).status, 201);
  });
});
