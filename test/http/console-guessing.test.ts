import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { makeOperator, OPERATOR_PASSWORD, postSession } from "../support/console.ts";
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

describe("Guessing", () => {
  test("locks the guesser's address out of the name, and lets the operator in from elsewhere", async () => {
    for (let tries = 0; tries < 5; tries += 1)
      assertProblem(await guess("kim", "10.0.1.1"), "sign_in_refused");
    const locked = await guess("kim", "10.0.1.1", OPERATOR_PASSWORD);
    assertProblem(locked, "too_many_sign_ins");
    assert.equal(Number(locked.headers.get("retry-after")) <= 15 * 60, true);
    const elsewhere = { name: "kim", password: OPERATOR_PASSWORD, headers: from("10.0.1.2") };
    assert.equal((await postSession(dojang, elsewhere)).status, 201);
    now += HOUR_MS / 4;
    assert.equal((await guess("kim", "10.0.1.1", OPERATOR_PASSWORD)).status, 201);
  });

  test("locks names that are nobody's alike", async () => {
    for (let tries = 0; tries < 5; tries += 1) await guess("ghost", "10.0.2.1");
    assertProblem(await guess("ghost", "10.0.2.1"), "too_many_sign_ins");
  });

  test("many at once is no way around the limit", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => guess("kim", "10.0.3.1")));
    const looked = answers.filter(({ body }) => body.code === "sign_in_refused");
    assert.equal(looked.length <= 5, true, `${looked.length} guesses were looked at`);
  });

  test("locks an address out of all names", async () => {
    const codes: string[] = [];
    for (let tries = 0; tries < 31; tries += 1)
      codes.push((await guess(`name${tries}`, "10.0.4.1")).body.code);
    assert.equal(codes.indexOf("too_many_sign_ins"), 30);
    assertProblem(await guess("kim", "10.0.4.1", OPERATOR_PASSWORD), "too_many_sign_ins");
  });

  test("counts one network of IPv6 as one address", async () => {
    for (let tries = 0; tries < 5; tries += 1) await guess("kim", `2001:db8:0:1::${tries + 1}`);
    assertProblem(await guess("kim", "2001:db8:0:1:ffff::9"), "too_many_sign_ins");
    assertProblem(await guess("kim", "2001:db8:0:2::1"), "sign_in_refused");
  });

  test("from everywhere locks no address out from which the operator signs in all the time", async () => {
    const own = { name: "kim", password: OPERATOR_PASSWORD, headers: from("10.9.9.1") };
    for (let days = 0; days < 36; days += 9) {
      assert.equal((await postSession(dojang, own)).status, 201);
      now += 9 * 24 * HOUR_MS;
    }
    for (let tries = 0; tries < 60; tries += 1) await guess("kim", `10.2.${tries}.1`);
    assertProblem(await guess("kim", "10.8.8.8", OPERATOR_PASSWORD), "too_many_sign_ins");
    assert.equal((await postSession(dojang, own)).status, 201);
    now += HOUR_MS / 4;
  });

  // Goal: whoever keeps the server busy with guesses locks nobody out. Method: as many passwords as may be are looked at all the time.
  test("counts no try whose password nobody had time to look at", async () => {
    const { passwords } = dojang.dojang.deps;
    let isBusy = true;
    const busy = Array.from({ length: 22 }, async () => {
      while (isBusy) await passwords.hash("a password of nobody");
    });
    for (let tries = 0; tries < 6; tries += 1)
      assertProblem(await guess("kim", "10.0.7.1", OPERATOR_PASSWORD), "overloaded");
    isBusy = false;
    await Promise.all(busy);
    assert.equal((await guess("kim", "10.0.7.1", OPERATOR_PASSWORD)).status, 201);
  });

  // Goal: strangers from everywhere cannot lock an operator out. Method: 60 addresses guess; the operator's own, known, gets in.
  test("from everywhere locks a name for addresses it never came from, and not for its own", async () => {
    now += HOUR_MS;
    const own = { name: "kim", password: OPERATOR_PASSWORD, headers: from("10.9.9.9") };
    assert.equal((await postSession(dojang, own)).status, 201);
    for (let tries = 0; tries < 60; tries += 1) await guess("kim", `10.1.${tries}.1`);
    assertProblem(await guess("kim", "10.8.8.8", OPERATOR_PASSWORD), "too_many_sign_ins");
    assert.equal((await postSession(dojang, own)).status, 201);
    now += HOUR_MS / 4;
    assert.equal((await guess("kim", "10.8.8.8", OPERATOR_PASSWORD)).status, 201);
  });
});
