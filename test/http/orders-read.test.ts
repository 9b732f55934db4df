import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { assertProblem } from "./answers.ts";

const COUNT = 25;
let emulator: Emulator;
let dojang: TestDojang;
/** Newest first. */
const uids: string[] = [];
let impUid: string;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  for (let i = 0; i < COUNT; i += 1) {
    const customer = { id: `user-${i % 2}`, tel: `010-1234-${1000 + i}`, email: `buyer${i}@example.com` };
    uids.unshift((await dojang.order({ customer })).body.merchant_uid);
  }
  const paid = uids[3] ?? "";
  impUid = emulator.pay({ merchant_uid: paid, amount: 50_000, sandbox: true }).imp_uid;
  await dojang.complete({ imp_uid: impUid, merchant_uid: paid });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const list = (query: Record<string, string> | string = {}) =>
  dojang.request("GET", `/v1/orders?${new URLSearchParams(query)}`);
const idsOf = (body: { data: { merchant_uid: string }[] }) =>
  body.data.map(({ merchant_uid }) => merchant_uid);

describe("GET /v1/orders/{merchant_uid}", () => {
  test("shows a paid order with its payment and the clauses it was held to", async () => {
    const { status, body } = await dojang.read(uids[3] ?? "");
    assert.equal(status, 200);
    assert.deepEqual([body.status, body.imp_uid, body.refunded_amount], ["paid", impUid, 0]);
    assert.match(body.paid_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    const [{ clauses, ...payment }] = body.payments;
    assert.deepEqual(
      { ...payment, paid_at: "", receipt_url: "" },
      {
        imp_uid: impUid,
        status: "paid",
        amount: 50_000,
        currency: "KRW",
        cancelled_amount: 0,
        verdict: "applied",
        pay_method: "card",
        paid_at: "",
        receipt_url: "",
      },
    );
    assert.ok(clauses.length > 8);
    for (const clause of clauses) {
      assert.deepEqual(Object.keys(clause), ["id", "name", "expected", "seen", "holds"]);
      assert.equal(clause.holds, true);
    }
  });

  for (const id of ["dj_no_such_order", "x", "..%2f..%2fhealthz", "a".repeat(1000), "%00", "%EA%B0%80"]) {
    test(`answers 404 to ${id.slice(0, 20)}`, async () => assertProblem(await dojang.read(id), "not_found"));
  }
});

describe("GET /v1/orders", () => {
  test("lists the newest 20 orders, then the rest, each as it is read alone", async () => {
    const first = await list();
    assert.deepEqual(idsOf(first.body), uids.slice(0, 20));
    const second = await list({ cursor: first.body.next_cursor });
    assert.deepEqual(idsOf(second.body), uids.slice(20));
    assert.equal(second.body.next_cursor, null);
    assert.deepEqual(first.body.data[3], (await dojang.read(uids[3] ?? "")).body);
  });

  test("pages through all orders once, whatever the page's size", async () => {
    for (const limit of ["1", "7", "25", "100"]) {
      const seen: string[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const { body }: { body: { data: { merchant_uid: string }[]; next_cursor: string | null } } =
          await list(cursor === "" ? { limit } : { limit, cursor });
        assert.ok(body.data.length <= Number(limit));
        seen.push(...idsOf(body));
        cursor = body.next_cursor;
      }
      assert.deepEqual(seen, uids, `pages of ${limit}`);
    }
  });

  test("keeps its place when an order comes in between two pages", async () => {
    const first = await list({ limit: "10" });
    uids.unshift((await dojang.order()).body.merchant_uid);
    const second = await list({ limit: "10", cursor: first.body.next_cursor });
    assert.deepEqual(idsOf(second.body), uids.slice(11, 21));
  });

  test("filters by status", async () => {
    assert.deepEqual(idsOf((await list({ status: "paid" })).body), [dojangPaid()]);
    assert.equal((await list({ status: "pending", limit: "100" })).body.data.length, uids.length - 1);
    assert.deepEqual((await list({ status: "refunded" })).body, { data: [], next_cursor: null });
  });

  test("filters by customer, with a status and a cursor beside", async () => {
    const { body } = await list({ customer: "user-1", limit: "5" });
    assert.equal(body.data.length, 5);
    for (const order of body.data) assert.equal(order.customer.id, "user-1");
    const rest = await list({ customer: "user-1", limit: "100", cursor: body.next_cursor });
    assert.equal(body.data.length + rest.body.data.length, 12);
    assert.deepEqual((await list({ customer: "user-1", status: "expired" })).body.data, []);
    assert.deepEqual((await list({ customer: "user" })).body.data, []);
  });

  const FOUND: Readonly<Record<string, () => string>> = {
    "the order's id": dojangPaid,
    "the payment's id": () => impUid,
    "the phone number": () => "010-1234-1021",
    "the phone number without dashes": () => "01012341021",
    "the phone number with Korea's prefix": () => "+82 10-1234-1021",
    "the mail address": () => "buyer21@example.com",
    "the mail address in capitals": () => "BUYER21@EXAMPLE.COM",
  };
  for (const [what, textOf] of Object.entries(FOUND)) {
    test(`finds the order by ${what}`, async () => {
      assert.deepEqual(idsOf((await list({ q: textOf() })).body), [dojangPaid()]);
    });
  }

  for (const q of ["010-1234", "@example.com", "buyer21", "dj_", "%", "' OR '1'='1", "imp_"]) {
    test(`finds nothing by ${q}`, async () => {
      assert.deepEqual((await list({ q })).body, { data: [], next_cursor: null });
    });
  }

  for (const limit of ["0", "101", "-1", "1.5", "abc", "1e1", "9999", ""]) {
    test(`refuses a limit of ${JSON.stringify(limit)}`, async () => {
      assertProblem(await list({ limit }), "invalid_request");
    });
  }

  const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const CURSORS = {
    words: "not-a-cursor",
    "a number": "1",
    "another format": cursorOf(["o2", 1, "x"]),
    "a list that is too long": cursorOf(["o1", 1, "x", "y"]),
    "a fraction": cursorOf(["o1", 1.5, "x"]),
    "an object": cursorOf({ createdAt: 1 }),
  };
  for (const [what, cursor] of Object.entries(CURSORS)) {
    test(`refuses a cursor that holds ${what}`, async () => {
      assertProblem(await list({ cursor }), "invalid_cursor");
    });
  }

  const QUERIES = [
    "status=done",
    "status=",
    "status=paid&status=pending",
    "page=2",
    "limit=1&limit=2",
    "q=",
    `q=${"x".repeat(501)}`,
    "__proto__=1",
    "constructor=1",
  ];
  for (const query of QUERIES) {
    test(`refuses ?${query.slice(0, 30)}`, async () => assertProblem(await list(query), "invalid_request"));
  }
});

function dojangPaid(): string {
  return uids.at(-(COUNT - 3)) ?? "";
}
