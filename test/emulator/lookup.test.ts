import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { openApi } from "./call-api.ts";
import { START, stoppedClock } from "./manual-clock.ts";

const DAY = 24 * 60 * 60;
const NOT_FOUND = "존재하지 않는 결제정보입니다.";

const ids = (list: Array<{ imp_uid: string }>) => list.map((one) => one.imp_uid);

describe("GET /payments/{imp_uid}", () => {
  test("shows a paid card payment with sorted keys, escapes, zero times and null texts", async () => {
    await using emulator = await startEmulator({ now: stoppedClock, seed: 1 });
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ amount: 50000, name: "당근 10kg/상자", merchant_uid: "dj_1" });
    const { status, text, response } = await api.get(`/payments/${imp_uid}`);
    assert.equal(status, 200);
    assert.ok(text.startsWith('{"code":0,"message":null,"response":{"amount":50000,"apply_num":"'));
    assert.ok(text.includes('"name":"\\ub2f9\\uadfc 10kg\\/\\uc0c1\\uc790"'));
    assert.deepEqual(Object.keys(response), Object.keys(response).toSorted());
    const { paid_at, failed_at, cancelled_at, fail_reason, cancel_history, sandbox, vbank_date } = response;
    assert.deepEqual(
      { paid_at, failed_at, cancelled_at, fail_reason, cancel_history, sandbox, vbank_date },
      {
        paid_at: START,
        failed_at: 0,
        cancelled_at: 0,
        fail_reason: null,
        cancel_history: [],
        sandbox: false,
        vbank_date: 0,
      },
    );
    assert.match(response.imp_uid, /^imp_\d{12}$/);
    assert.equal(response.paid_amount, undefined);
  });

  test("shows raw text as it is and leaves omitted fields out", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ raw: { amount: "1e3", extra: "[1,2]" }, omit: ["sandbox"] });
    const { text, response } = await api.get(`/payments/${imp_uid}`);
    assert.ok(text.includes('"amount":1e3,'));
    assert.deepEqual(response.extra, [1, 2]);
    assert.ok(!("sandbox" in response));
  });

  test("shows decimal amounts exactly as they were given", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ amount: "9007199254740993.10", currency: "USD" });
    assert.ok((await api.get(`/payments/${imp_uid}`)).text.includes('"amount":9007199254740993.10,'));
  });

  test("answers 404 in the gateway's words for an unknown id", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    for (const path of [
      "/payments/imp_000000000000",
      "/payments/find",
      "/payments/imp_1%3Finclude_sandbox=true",
    ]) {
      const { status, code, message, response } = await api.get(path);
      assert.deepEqual([status, code, message, response], [404, -1, NOT_FOUND, null], path);
    }
  });

  test("hides a test payment unless include_sandbox=true", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ sandbox: true });
    const hidden = await api.get(`/payments/${imp_uid}`);
    assert.deepEqual([hidden.status, hidden.message], [404, NOT_FOUND]);
    assert.equal((await api.get(`/payments/${imp_uid}?include_sandbox=false`)).status, 404);
    const shown = await api.get(`/payments/${imp_uid}?include_sandbox=true`);
    assert.deepEqual([shown.status, shown.response.sandbox], [200, true]);

    emulator.model.switches.hiddenSandbox = "200_code_minus_1";
    const asCode = await api.get(`/payments/${imp_uid}`);
    assert.deepEqual([asCode.status, asCode.code, asCode.response], [200, -1, null]);
    emulator.model.switches.hiddenSandbox = "shown";
    assert.equal((await api.get(`/payments/${imp_uid}`)).status, 200);
  });

  test("shows the new state after every change", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ status: "ready", pay_method: "vbank" });
    const statusNow = async () => (await api.get(`/payments/${imp_uid}`)).response.status;
    assert.equal(await statusNow(), "ready");
    emulator.deposit(imp_uid);
    assert.equal(await statusNow(), "paid");
    emulator.cancelFromConsole(imp_uid);
    assert.equal(await statusNow(), "cancelled");
    emulator.edit(imp_uid, { status: "failed" });
    assert.equal(await statusNow(), "failed");
  });
});

describe("GET /payments", () => {
  test("answers 200 for all, 207 for some, 404 for none", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const a = emulator.pay();
    const b = emulator.pay();
    const both = await api.get(`/payments?imp_uid[]=${a.imp_uid}&merchant_uid[]=${b.merchant_uid}`);
    assert.deepEqual([both.status, both.code, ids(both.response)], [200, 0, [a.imp_uid, b.imp_uid]]);
    const some = await api.get(`/payments?imp_uid%5B%5D=${a.imp_uid}&imp_uid%5B%5D=imp_0`);
    assert.deepEqual([some.status, some.code, ids(some.response)], [207, 0, [a.imp_uid]]);
    assert.equal((await api.get("/payments?imp_uid[]=imp_0")).status, 404);
    assert.equal((await api.get("/payments")).status, 400);
    const many = Array.from({ length: 101 }, (_, i) => `imp_uid[]=imp_${i}`).join("&");
    assert.equal((await api.get(`/payments?${many}`)).status, 400);
  });
});

describe("GET /payments/find", () => {
  test("gives the newest started, or the first by the sort, or the newest of a status", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const merchant_uid = "주문/1 a?b";
    const paid = emulator.pay({ merchant_uid, started_at: START });
    const failed = emulator.pay({ merchant_uid, status: "failed", started_at: START + 10 });
    const path = `/payments/find/${encodeURIComponent(merchant_uid)}`;
    assert.equal((await api.get(path)).response.imp_uid, failed.imp_uid);
    assert.equal((await api.get(`${path}?sorting=started`)).response.imp_uid, paid.imp_uid);
    assert.equal((await api.get(`${path}/paid`)).response.imp_uid, paid.imp_uid);
    assert.equal((await api.get(`${path}/cancelled`)).status, 404);
    assert.deepEqual((await api.get(`${path}/done`)).status, 400);
    assert.equal((await api.get(`${path}/done`)).message, "지원되지 않는 상태값입니다.");
    assert.equal((await api.get("/payments/find/nobody")).message, NOT_FOUND);
  });

  test("findAll pages through all attempts", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const made = Array.from(
      { length: 45 },
      () => emulator.pay({ merchant_uid: "dj_many", status: "failed" }).imp_uid,
    );
    const newestFirst = made.toReversed();
    const first = (await api.get("/payments/findAll/dj_many")).response;
    assert.deepEqual(
      [first.total, first.previous, first.next, ids(first.list)],
      [45, 0, 2, newestFirst.slice(0, 20)],
    );
    const last = (await api.get("/payments/findAll/dj_many/failed?page=3")).response;
    assert.deepEqual(
      [last.total, last.previous, last.next, ids(last.list)],
      [45, 2, 0, newestFirst.slice(40)],
    );
    const all = (await api.get("/payments/findAll/dj_many?limit=1000&sorting=started")).response;
    assert.deepEqual([all.previous, all.next, ids(all.list)], [0, 0, made]);
    for (const query of ["page=4", "page=0", "page=x", "limit=1001", "limit=0", "sorting=amount"]) {
      assert.equal((await api.get(`/payments/findAll/dj_many?${query}`)).status, 400, query);
    }
    assert.equal((await api.get("/payments/findAll/dj_many/paid")).status, 404);
  });

  test("lists show test payments, unless the switch hides them", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const { imp_uid, merchant_uid } = emulator.pay({ sandbox: true });
    const paths = [
      `/payments?imp_uid[]=${imp_uid}`,
      `/payments/find/${merchant_uid}`,
      `/payments/findAll/${merchant_uid}`,
    ];
    for (const path of paths) assert.equal((await api.get(path)).status, 200, path);
    emulator.model.switches.listsHideSandbox = true;
    for (const path of paths) assert.equal((await api.get(path)).status, 404, path);
    assert.equal((await api.get("/payments/status/paid")).response.total, 0);
  });
});

describe("GET /payments/status", () => {
  test("compares the time that belongs to the status, both ends included", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const old = emulator.pay({ started_at: START - 100 * DAY, paid_at: START - 10 });
    const ready = emulator.pay({ status: "ready", started_at: START - 10 });
    emulator.pay({ status: "failed", failed_at: START - 91 * DAY, started_at: START - 5 });
    const total = async (path: string) => (await api.get(`/payments/status/${path}`)).response.total;
    assert.deepEqual(ids((await api.get("/payments/status/paid")).response.list), [old.imp_uid]);
    assert.deepEqual(ids((await api.get("/payments/status/ready")).response.list), [ready.imp_uid]);
    assert.equal(await total("failed"), 0);
    assert.equal(await total(`paid?from=${START - 10}&to=${START - 10}`), 1);
    assert.equal(await total(`paid?from=${START - 9}&to=${START}`), 0);
    assert.equal(await total("all"), 2);
    emulator.model.switches.statusAllColumn = "updated";
    assert.equal(await total("all"), 3);
  });

  test("refuses more than 90 days, unknown statuses and pages beyond the end", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const status = async (path: string) => (await api.get(`/payments/status/${path}`)).status;
    assert.equal(await status(`paid?from=${START - 90 * DAY}&to=${START}`), 200);
    assert.equal(await status(`paid?from=${START - 90 * DAY - 1}&to=${START}`), 400);
    assert.equal(await status(`paid?from=${START}&to=${START - 1}`), 400);
    assert.equal(await status("paid?from=yesterday"), 400);
    assert.equal(await status("done"), 400);
    assert.equal(await status("paid?page=2"), 400);
    assert.equal(await status("paid"), 200);
    emulator.model.switches.emptyStatusPage = "404";
    assert.equal(await status("paid"), 404);
  });

  test("sorts by paid and by updated, both ways", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const a = emulator.pay({ paid_at: START - 1 }).imp_uid;
    const b = emulator.pay({ paid_at: START - 2 }).imp_uid;
    const c = emulator.pay({ paid_at: START - 3 }).imp_uid;
    await emulator.advance(5_000);
    emulator.edit(b, { name: "changed" });
    const order = async (sorting: string) =>
      ids((await api.get(`/payments/status/paid?sorting=${sorting}`)).response.list);
    assert.deepEqual(await order("-paid"), [a, b, c]);
    assert.deepEqual(await order("paid"), [c, b, a]);
    assert.deepEqual(await order("-updated"), [b, c, a]);
    assert.deepEqual(await order("updated"), [a, c, b]);
  });
});

describe("seed", () => {
  test("startEmulator() gives equal ids, tokens and answers for equal seeds and clocks", async () => {
    const tell = async (seed: number) => {
      await using emulator = await startEmulator({ now: stoppedClock, seed });
      const api = await openApi(emulator);
      const { imp_uid } = emulator.pay();
      // Its own address is the system's choice.
      return (await api.get(`/payments/${imp_uid}`)).text.replaceAll(emulator.url.replaceAll("/", "\\/"), "");
    };
    assert.equal(await tell(5), await tell(5));
    assert.notEqual(await tell(5), await tell(6));
  });
});
