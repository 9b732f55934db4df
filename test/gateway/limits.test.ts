import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  answer,
  envelope,
  NOT_FOUND,
  openDouble,
  paymentText,
  type Received,
  UNAUTHORIZED,
} from "./gateway-double.ts";
import { ManualClock } from "./manual-clock.ts";
import { openGateway } from "./open-gateway.ts";

const BREAKER_OPEN = { kind: "unavailable", reason: "breaker_open" };

describe("the circuit breaker", () => {
  test("fetchPayment() stops asking after ten failures, tries one call after 5 s and recovers", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock, limits: { breakAfter: 10, inFlightMax: 1 } });
    const usual = double.answers.call;
    double.answers.call = (received) => answer(received, NOT_FOUND, { status: 503 });
    for (let n = 0; n < 10; n++) {
      assert.deepEqual(await gateway.fetchPayment("imp_1"), { kind: "unavailable", reason: "http_503" });
    }
    assert.equal(gateway.health().isBreakerOpen, true);
    clock.advance(4_999);
    assert.deepEqual(await gateway.fetchPayment("imp_1"), BREAKER_OPEN);
    assert.deepEqual(await gateway.findAttempts("order-0001"), BREAKER_OPEN);
    assert.equal(double.calls().length, 10);

    // The trial call fails: another 5 s.
    clock.advance(1);
    assert.equal(gateway.health().isBreakerOpen, false);
    assert.deepEqual(await gateway.fetchPayment("imp_1"), { kind: "unavailable", reason: "http_503" });
    assert.deepEqual(await gateway.fetchPayment("imp_1"), BREAKER_OPEN);
    assert.equal(double.calls().length, 11);

    // Only one trial call at a time; the others are answered at once.
    clock.advance(5_000);
    const trials: Received[] = [];
    double.answers.call = (received) => void trials.push(received);
    const trial = gateway.fetchPayment("imp_1");
    await double.until(() => trials.length === 1);
    assert.deepEqual(await gateway.fetchPayment("imp_2"), BREAKER_OPEN);
    double.answers.call = usual;
    for (const one of trials) usual(one);
    assert.equal((await trial).kind, "found");
    assert.equal((await gateway.fetchPayment("imp_2")).kind, "found");
    assert.equal(gateway.health().isBreakerOpen, false);
  });

  test("fetchPayment() recovers when the clock is set back while the breaker is open", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock, limits: { breakAfter: 1 } });
    const usual = double.answers.call;
    double.answers.call = ({ response }) => void response.destroy();
    await gateway.fetchPayment("imp_1");
    assert.deepEqual(await gateway.fetchPayment("imp_1"), BREAKER_OPEN);
    double.answers.call = usual;
    clock.jump(-3_600_000);
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
  });

  test("fetchPayment() does not take answers about one payment for an outage", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { limits: { breakAfter: 1 } });
    const odd: ReadonlyArray<(received: Received) => void> = [
      (received) => answer(received, NOT_FOUND, { status: 404 }),
      (received) => answer(received, NOT_FOUND, { status: 403 }),
      (received) => answer(received, NOT_FOUND),
      (received) => answer(received, envelope(paymentText({ imp_uid: '"imp_other"' }))),
      (received) => answer(received, "<html>"),
      (received) => answer(received, NOT_FOUND, { status: 401 }),
    ];
    for (const reply of odd) {
      double.answers.call = reply;
      await gateway.fetchPayment("imp_1");
      assert.equal(gateway.health().isBreakerOpen, false);
    }
  });
});

describe("the bound on calls in flight", () => {
  test("fetchPayment() keeps to its slots, queues up to its bound and refuses beyond it", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { limits: { inFlightMax: 4, queuedMax: 6 } });
    let held: Received[] = [];
    double.answers.call = (received) => void held.push(received);
    const results = Array.from({ length: 12 }, (_, n) => gateway.fetchPayment(`imp_${n}`));
    const refused = await Promise.all(results.slice(10));
    assert.deepEqual(refused, Array(2).fill({ kind: "unavailable", reason: "too_many_calls" }));
    let answered = 0;
    while (answered < 10) {
      const expected = Math.min(4, 10 - answered);
      await double.until(() => held.length === expected);
      assert.equal(gateway.health().inFlight, expected);
      const batch = held;
      held = [];
      for (const received of batch) answer(received, NOT_FOUND, { status: 404 });
      answered += batch.length;
    }
    assert.deepEqual(await Promise.all(results.slice(0, 10)), Array(10).fill({ kind: "not_found" }));
    assert.equal(double.calls().length, 10);
    assert.equal(gateway.health().inFlight, 0);
  });
});

describe("the deadline", () => {
  const TIMEOUT = { kind: "outcome_unknown", reason: "timeout" };

  test("R59-e fetchPayment() answers outcome_unknown when no answer comes in 8 s, and the next call works", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock, limits: { inFlightMax: 1 } });
    const usual = double.answers.call;
    const held: Received[] = [];
    double.answers.call = (received) => void held.push(received);
    const hung = gateway.fetchPayment("imp_1");
    await double.until(() => held.length === 1);
    const queued = gateway.fetchPayment("imp_2");
    clock.advance(8_000);
    assert.deepEqual(await hung, TIMEOUT);
    assert.deepEqual(await queued, { kind: "unavailable", reason: "not_sent_in_time" });
    double.answers.call = usual;
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
    assert.equal(gateway.health().inFlight, 0);
  });

  // Real time: only a real stream of bytes shows that activity does not move the deadline.
  test("fetchPayment() answers within its deadline when the answer drips byte by byte", async () => {
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { limits: { deadlineMs: 300 } });
    let dripped = 0;
    double.answers.call = ({ response }) => {
      response.writeHead(200, { "content-type": "application/json" });
      const drip = setInterval(() => {
        dripped++;
        response.write(" ");
      }, 5);
      response.on("close", () => clearInterval(drip));
    };
    assert.deepEqual(await gateway.fetchPayment("imp_1"), TIMEOUT);
    assert.ok(dripped > 3);
  });

  test("fetchPayment() answers when the login hangs, and its hung connection is dropped", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    const usual = double.answers.login;
    const held: Received[] = [];
    double.answers.login = (received) => void held.push(received);
    const hung = gateway.fetchPayment("imp_1");
    await double.until(() => held.length === 1);
    clock.advance(8_000);
    assert.deepEqual(await hung, { kind: "unavailable", reason: "not_sent_in_time" });
    double.answers.login = usual;
    // The hung login ends in the same turn; a caller in that very turn would still share its end.
    await new Promise(setImmediate);
    assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
    assert.equal(double.calls().length, 1);
  });

  test("fetchPayment() does not ask again after a 401 when its deadline has passed", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    const usual = { ...double.answers };
    const held: Received[] = [];
    double.answers.call = (received) => void held.push(received);
    const late = gateway.fetchPayment("imp_1");
    await double.until(() => held.length === 1);
    double.answers.login = (received) => void held.push(received);
    clock.advance(5_000);
    answer(held[0] as Received, UNAUTHORIZED, { status: 401 });
    await double.until(() => held.length === 2);
    clock.advance(3_000);
    assert.deepEqual(await late, TIMEOUT);
    double.answers.call = usual.call;
    const other = gateway.fetchPayment("imp_2");
    usual.login(held[1] as Received);
    assert.equal((await other).kind, "found");
    assert.deepEqual(
      double.calls().map(({ line }) => line),
      ["GET /payments/imp_1", "GET /payments/imp_2"],
    );
  });

  test("fetchPayment() leaves one timer for any number of calls", async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    for (let n = 0; n < 50; n++) await gateway.fetchPayment(`imp_${n}`);
    assert.equal(clock.timerCount, 1);
    clock.advance(8_000);
    assert.equal(clock.timerCount, 0);
  });

  test("fetchPayment() expires when the clock is set back under it", { timeout: 5_000 }, async () => {
    const clock = new ManualClock();
    await using double = await openDouble();
    await using gateway = openGateway(double.url, { clock });
    const held: Received[] = [];
    double.answers.call = (received) => void held.push(received);
    const hung = gateway.fetchPayment("imp_1");
    await double.until(() => held.length === 1);
    clock.jump(-3_600_000);
    clock.advance(8_000);
    assert.deepEqual(await hung, TIMEOUT);
  });
});

describe("close()", () => {
  test("close() ends what is under way as unknown and refuses what comes after", async () => {
    await using double = await openDouble();
    const gateway = openGateway(double.url);
    const held: Received[] = [];
    double.answers.call = (received) => void held.push(received);
    const hung = gateway.fetchPayment("imp_1");
    await double.until(() => held.length === 1);
    await gateway.close();
    assert.deepEqual(await hung, { kind: "outcome_unknown", reason: "closed" });
    assert.deepEqual(await gateway.fetchPayment("imp_1"), { kind: "unavailable", reason: "closed" });
    await gateway.close();
  });
});
