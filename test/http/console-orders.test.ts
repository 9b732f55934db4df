import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { type Console, signedIn } from "../support/console.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";
import { assertProblem } from "./answers.ts";

const CUSTOMER = { id: "user-1", name: "홍길동", email: "hong@example.com", tel: "010-1234-5678" };
const FORMULA = '=HYPERLINK("http://evil.example","x")';
let emulator: Emulator;
let dojang: TestDojang;
let viewer: Console;
let operator: Console;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  viewer = await signedIn(dojang, "viewer");
  operator = await signedIn(dojang, "operator", "이대리");
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

/** A registered order, and a payment of it at the gateway, applied. */
async function paidOrder(fields: Record<string, unknown> = {}) {
  const { merchant_uid } = (await dojang.order({ customer: CUSTOMER, ...fields })).body;
  const payment = emulator.model.createPayment({
    merchant_uid,
    amount: 50_000,
    status: "paid",
    sandbox: true,
    buyer_name: CUSTOMER.name,
    buyer_tel: CUSTOMER.tel,
    buyer_email: CUSTOMER.email,
  });
  const { imp_uid } = payment;
  assert.equal((await dojang.complete({ imp_uid, merchant_uid })).status, 200);
  return { merchant_uid, imp_uid };
}

const personal = [CUSTOMER.name, CUSTOMER.email, CUSTOMER.tel, "1234-5678"];
const acts = async () => (await dojang.dojang.deps.store.listActs({ limit: 20 })).acts;

describe("Orders in the console", () => {
  test("are found by id, payment, phone and mail, and show nobody's name or number", async () => {
    const { merchant_uid, imp_uid } = await paidOrder();
    for (const q of [merchant_uid, imp_uid, "+82 10 1234 5678", "HONG@example.com"]) {
      const answer = await viewer.ask("POST", "/orders/search", { body: { q } });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(
        answer.body.data.some((order: typeof answer.body) => order.merchant_uid === merchant_uid),
        true,
        q,
      );
      for (const text of personal) assert.equal(answer.text.includes(text), false, text);
      assert.deepEqual(answer.body.data[0].customer, {
        id: "user-1",
        name: "홍**",
        email: "h**@e**",
        tel: "**5678",
      });
    }
    const one = await viewer.ask("GET", `/v1/orders/${merchant_uid}`);
    for (const text of personal) assert.equal(one.text.includes(text), false, text);
    assert.equal(
      one.body.payments[0].clauses.every(({ holds }: { holds: boolean }) => holds),
      true,
    );
    assert.equal((await dojang.read(merchant_uid)).body.customer.name, CUSTOMER.name);
  });

  test("show what a shop noted of the buyer, and the PG's receipt, to nobody without a line in the audit", async () => {
    const metadata = { ship_to: "서울시 종로구 1-1", gift: true, floor: 7 };
    const { merchant_uid, imp_uid } = await paidOrder({ metadata });
    const receipt = (await dojang.read(merchant_uid)).body.payments[0].receipt_url;
    assert.equal(receipt, `${emulator.url}/receipt?imp_uid=${imp_uid}`);
    const path = `/v1/orders/${merchant_uid}`;
    for (const answer of [
      await viewer.ask("GET", path),
      await viewer.ask("POST", "/orders/search", { body: { q: imp_uid } }),
    ])
      for (const text of [metadata.ship_to, receipt]) assert.equal(answer.text.includes(text), false, text);
    const { body } = await viewer.ask("GET", path);
    assert.deepEqual(body.metadata, { ship_to: "**", gift: "**", floor: "**" });
    const shown = await operator.ask("POST", `/orders/${merchant_uid}/customer`);
    assert.deepEqual(shown.body.metadata, metadata);
    assert.equal((await acts())[0]?.action, "personal_data.shown");
  });

  test("page without a gap", async () => {
    for (let count = 0; count < 5; count += 1) await dojang.order({ customer: { id: "pages" } });
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const body: Record<string, unknown> = {
        customer: "pages",
        limit: 2,
        ...(cursor === null ? {} : { cursor }),
      };
      const page = await viewer.ask("POST", "/orders/search", { body });
      ids.push(...page.body.data.map((order: { merchant_uid: string }) => order.merchant_uid));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    assert.equal(new Set(ids).size, 5);
    for (const body of [{ limit: 0 }, { limit: 101 }, { status: "nothing" }, { q: "" }, { name: "x" }])
      assertProblem(await viewer.ask("POST", "/orders/search", { body }), "invalid_request");
    assertProblem(await viewer.ask("POST", "/orders/search", { body: { cursor: "x" } }), "invalid_cursor");
  });

  test("show their buyer to who asks, and the audit says who that was", async () => {
    const { merchant_uid } = await paidOrder();
    const shown = await operator.ask("POST", `/orders/${merchant_uid}/customer`);
    assert.deepEqual(shown.body.customer, CUSTOMER);
    const [act] = await acts();
    assert.deepEqual(
      [act?.action, act?.actor, act?.subject, act?.data],
      ["personal_data.shown", "이대리", merchant_uid, { what: "customer", address: "127.0.0.1" }],
    );
    assertProblem(await operator.ask("POST", "/orders/no-such-order/customer"), "not_found");
    assert.equal((await acts())[0]?.position, act?.position);
  });

  test("show the gateway's answer masked, and whole only with a line in the audit", async () => {
    const { merchant_uid, imp_uid } = await paidOrder();
    const path = `/orders/${merchant_uid}/payments/${imp_uid}/raw`;
    const before = (await acts())[0]?.position;
    const masked = await viewer.ask("GET", path);
    assert.equal(masked.status, 200, masked.text);
    for (const text of personal) assert.equal(masked.text.includes(text), false, text);
    const field = (answer: typeof masked, name: string) =>
      answer.body.fields.find((one: { name: string }) => one.name === name);
    assert.deepEqual(field(masked, "amount"), { name: "amount", value: "50000", masked: false });
    assert.deepEqual(field(masked, "buyer_tel"), { name: "buyer_tel", value: "**", masked: true });
    assert.equal((await acts())[0]?.position, before);
    const whole = await operator.ask("POST", path);
    assert.equal(field(whole, "buyer_tel").value, CUSTOMER.tel);
    assert.deepEqual((await acts())[0]?.data, { what: `answer:${imp_uid}`, address: "127.0.0.1" });
    const other = `/orders/${merchant_uid}/payments/imp_another/raw`;
    assertProblem(await operator.ask("POST", other), "not_found");
  });

  test("are refunded in the operator's name", async () => {
    const { merchant_uid } = await paidOrder();
    const refund = (amount: number) =>
      operator.ask("POST", `/v1/orders/${merchant_uid}/refunds`, {
        body: { amount, reason: "고객 변심" },
        headers: { "idempotency-key": `click-${amount}` },
      });
    const first = await refund(1000);
    assert.equal(first.status, 202, first.text);
    assert.equal((await refund(1000)).body.id, first.body.id);
    const audit = await dojang.dojang.deps.store.readAudit(merchant_uid);
    assert.deepEqual(
      audit.map(({ action, actor, reason }) => [action, actor, reason]),
      [["refund.requested", "이대리", "고객 변심"]],
    );
  });

  test("are cancelled and looked at in the operator's name", async () => {
    const { merchant_uid } = (await dojang.order()).body;
    assert.equal((await operator.ask("POST", `/v1/orders/${merchant_uid}/verify`)).status, 200);
    const cancelled = await operator.ask("POST", `/v1/orders/${merchant_uid}/cancel`, {
      body: { reason: "재고 없음" },
    });
    assert.equal(cancelled.body.status, "cancelled", cancelled.text);
    assert.equal((await dojang.dojang.deps.store.readAudit(merchant_uid))[0]?.actor, "이대리");
  });
});

describe("A text to the buyer", () => {
  test("goes out once more where there is an account, within the day's limit", async () => {
    const { merchant_uid } = (await dojang.order({ customer: CUSTOMER })).body;
    const { imp_uid } = emulator.model.createPayment({
      merchant_uid,
      amount: 50_000,
      sandbox: true,
      pay_method: "vbank",
      status: "ready",
      vbank_num: "110987654321",
      vbank_name: "신한은행",
      vbank_holder: "도장",
    });
    assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "vbankIssued");
    const texts = () => dojang.logLines.filter((line) => line.includes("가상계좌 안내")).length;
    await until("the first text went out", () => texts() > 0);
    const before = texts();
    for (let more = 1; more <= 3; more += 1) {
      const answer = await operator.ask("POST", `/orders/${merchant_uid}/notice`);
      assert.equal(answer.status, 202, answer.text);
      const { task } = answer.body;
      await until(
        "the task is done",
        async () => (await dojang.dojang.deps.store.readTask(task))?.state === "done",
      );
    }
    assert.equal(texts() - before, 2);
    assert.equal((await acts())[0]?.action, "notice.resent");
  });

  test("is refused where there is nothing to say", async () => {
    const { merchant_uid } = await paidOrder();
    assertProblem(await operator.ask("POST", `/orders/${merchant_uid}/notice`), "nothing_to_send");
  });
});

describe("R41-d orders as CSV", () => {
  test("run no formula, name no buyer, and leave a line with the reason", async () => {
    const { merchant_uid } = await paidOrder({ name: FORMULA, customer: { ...CUSTOMER, id: "-2+3" } });
    const body = { customer: "-2+3", reason: "월말 정산 대조" };
    const answer = await operator.ask("POST", "/orders/export", { body });
    assert.equal(answer.status, 200, answer.text);
    assert.match(
      answer.headers.get("content-disposition") ?? "",
      /^attachment; filename="dojang-orders-[\d-]+\.csv"$/,
    );
    const [head, row, ...rest] = answer.text.split("\r\n");
    assert.equal(head?.replace("\uFEFF", "").startsWith("merchant_uid,status,name,amount"), true);
    assert.equal(
      row?.startsWith(`${merchant_uid},paid,"'=HYPERLINK(""http://evil.example"",""x"")",50000,0,KRW,'-2+3,`),
      true,
      row,
    );
    assert.deepEqual(rest, [""]);
    for (const text of personal) assert.equal(answer.text.includes(text), false, text);
    const [act] = await acts();
    assert.deepEqual(
      [act?.action, act?.reason, act?.data["customer"]],
      ["orders.exported", "월말 정산 대조", "-2+3"],
    );
    assertProblem(await operator.ask("POST", "/orders/export", { body: { reason: " " } }), "invalid_request");
  });

  test("are all of them, however many pages", async () => {
    for (let count = 0; count < 105; count += 1) await dojang.order({ customer: { id: "many" } });
    const answer = await operator.ask("POST", "/orders/export", {
      body: { customer: "many", reason: "all" },
    });
    assert.equal(answer.text.trim().split("\r\n").length, 106);
  });
});

describe("Figures", () => {
  test("count today's money and what is wrong", async () => {
    await using fresh = await startTestDojang({ emulator });
    const { ask } = await signedIn(fresh, "viewer");
    const { merchant_uid } = (await fresh.order()).body;
    const { imp_uid } = emulator.model.createPayment({
      merchant_uid,
      amount: 50_000,
      status: "paid",
      sandbox: true,
    });
    await fresh.complete({ imp_uid, merchant_uid });
    const { body, status, text } = await ask("GET", "/figures");
    assert.equal(status, 200, text);
    assert.equal(body.days.length, 14);
    assert.deepEqual(body.days.at(-1).money, [
      { currency: "KRW", paid_count: 1, paid_amount: 50_000, refunded_amount: 0 },
    ]);
    assert.equal(body.hours.find(({ type }: { type: string }) => type === "order.paid").count, 1);
    assert.equal(body.latency.count, 1);
    assert.deepEqual(body.troubles, { open_discrepancies: 0, dead_tasks: 0, failing_tasks: 0 });
    assert.deepEqual([body.gateway, body.webhooks.silent, body.endpoint.state], ["ok", false, "none"]);
  });
});

test("Nothing that the console does writes a buyer's name or mail address into the log", () => {
  const log = dojang.logLines.join("");
  for (const text of [CUSTOMER.name, CUSTOMER.email, FORMULA]) assert.equal(log.includes(text), false, text);
});
