// Goal: money goes back once for each intent, and the order shows what became of it. Method: real HTTP to the server and the
// emulator, on one clock that stands still.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openRefundStage } from "../support/refund-stage.ts";

const stage = await openRefundStage();
after(() => stage.close());

const ACCOUNT = { bank: "88", account: "11012345678901", holder: "홍길동", tel: "010-1234-5678" };
const VBANK = {
  pay_method: "vbank",
  vbank_num: "110987654321",
  vbank_name: "신한은행",
  vbank_holder: "도장",
} as const;

describe("POST /v1/orders/{merchant_uid}/refunds", () => {
  test("gives a part back and then the rest, each with its own id in the history", async () => {
    const paid = await stage.paid();
    const answer = await paid.refund({ amount: 20_000, reason: "one of two" });
    assert.equal(answer.status, 202);
    const { requested_at, ...shown } = answer.body;
    assert.match(shown.id, /^rfd_[0-9a-f]{24}$/);
    assert.equal(new Date(requested_at).getTime(), stage.clock.now());
    assert.deepEqual(shown, {
      id: shown.id,
      imp_uid: paid.payment.imp_uid,
      amount: 20_000,
      state: "requested",
      reason: "one of two",
      finished_at: null,
    });
    await paid.scene.quiet();
    const part = await paid.read();
    assert.deepEqual(
      [part.order.status, part.order.refunded_amount, part.refunds[0]?.state],
      ["partially_refunded", 20_000, "succeeded"],
    );
    const rest = await paid.refunded({ amount: "all" });
    assert.deepEqual([rest.amount, rest.state], [30_000, "succeeded"]);
    const { order } = await paid.read();
    assert.deepEqual([order.status, order.refunded_amount, order.discrepancies], ["refunded", 50_000, []]);
    assert.equal(paid.moneyBack(), 50_000);
    assert.deepEqual(
      paid
        .sent()
        .map(({ amount, checksum, reason }) => [Number(String(amount)), Number(String(checksum)), reason]),
      [
        [20_000, 50_000, `[${shown.id}] one of two`],
        [30_000, 30_000, `[${rest.id}] the buyer sent it back`],
      ],
    );
    assert.deepEqual(await paid.events(), [
      "refund.requested",
      "order.partially_refunded",
      "refund.succeeded",
      "refund.requested",
      "order.refunded",
      "refund.succeeded",
    ]);
    assert.deepEqual(paid.alarms(), []);
  });

  test("answers a repeated request with the same refund, and another one under the same key with 422", async () => {
    const paid = await stage.paid({ payment: { taxFree: 5000 } });
    const body = { amount: 10_000, tax_free: 500, vat_amount: 900 };
    const first = await paid.refund(body, "same-key");
    assert.equal(first.headers.get("idempotent-replayed"), null);
    await paid.scene.quiet();
    const again = await paid.refund({ ...body, amount: 10_000.0 }, "same-key");
    assert.deepEqual([again.status, again.headers.get("idempotent-replayed")], [202, "true"]);
    assert.deepEqual([again.body.id, again.body.state], [first.body.id, "succeeded"]);
    for (const other of [
      { amount: 10_001 },
      { reason: "other" },
      { tax_free: 501 },
      { retain_promotion: true },
    ]) {
      const refused = await paid.refund({ ...body, ...other }, "same-key");
      assert.deepEqual([refused.status, refused.body.code], [422, "idempotency_key_reused"]);
    }
    await paid.scene.quiet();
    assert.deepEqual([paid.sent().length, paid.moneyBack()], [1, 10_000]);
  });

  test("passes tax, promotion and naverpay's requester on, and leaves enable_webhook out", async () => {
    const paid = await stage.paid({ payment: { taxFree: 5000, vatAmount: 900 } });
    await paid.refunded({
      amount: 10_000,
      tax_free: 500,
      vat_amount: 900,
      retain_promotion: true,
      requester: "customer",
    });
    const [body] = paid.sent();
    assert.deepEqual(Object.keys(body ?? {}).toSorted(), [
      "amount",
      "checksum",
      "extra",
      "imp_uid",
      "reason",
      "retain_promotion",
      "tax_free",
      "vat_amount",
    ]);
    assert.deepEqual([body?.["extra"], body?.["retain_promotion"]], [{ requester: "customer" }, true]);
  });

  test("gives cents back exactly", async () => {
    const paid = await stage.paid({ order: { amount: 0.3, currency: "USD" } });
    assert.equal((await paid.refunded({ amount: 0.1 })).state, "succeeded");
    assert.equal((await paid.refunded({ amount: 0.2 })).state, "succeeded");
    const { order } = await paid.read();
    assert.deepEqual([order.status, order.refunded_amount], ["refunded", 0.3]);
    const refused = await paid.refund({ amount: 0.001 });
    assert.equal(refused.body.code, "invalid_amount");
  });

  test("wants an account for money of a virtual account, sends it, and never shows it", async () => {
    const paid = await stage.paid({ payment: VBANK });
    assert.equal((await paid.refund({ amount: 1000 })).body.code, "refund_account_required");
    const refund = await paid.refunded({ amount: 1000, refund_account: ACCOUNT });
    assert.equal(refund.state, "succeeded");
    const [body] = paid.sent();
    assert.deepEqual(
      [body?.["refund_bank"], body?.["refund_account"], body?.["refund_holder"], body?.["refund_tel"]],
      [ACCOUNT.bank, ACCOUNT.account, ACCOUNT.holder, ACCOUNT.tel],
    );
    const [stored] = (await paid.scene.dojang.dojang.deps.store.readOrder(paid.order))?.refunds ?? [];
    assert.equal(stored?.account, undefined, "the account is erased once the refund is done");
    assert.ok(!JSON.stringify(await paid.read()).includes(ACCOUNT.account));
    assert.ok(!paid.scene.dojang.logLines.some((line) => line.includes(ACCOUNT.account)));
  });

  test("ends a refund that the PG refuses, in the PG's words, and alarms", async () => {
    const paid = await stage.paid();
    paid.scene.emulator.refuseCancels(paid.payment.imp_uid, "한도\u0007초과");
    const refund = await paid.refunded({ amount: 1000 });
    assert.deepEqual(
      [refund.state, refund.failure],
      ["failed", { code: "gateway_refused", message: "결제취소에 실패하였습니다. 한도 초과" }],
    );
    assert.notEqual(refund.finished_at, null);
    const { order } = await paid.read();
    assert.deepEqual([order.status, order.refunded_amount], ["paid", 0]);
    assert.deepEqual(paid.alarms(), ["refund_failed"]);
    await paid.pass(2 * 60_000, 60_000);
    assert.equal(paid.sent().length, 1);
    assert.ok(!paid.scene.dojang.logLines.some((line) => line.includes("한도")), "PG's words in no log");
    paid.scene.emulator.refuseCancels(paid.payment.imp_uid, null);
    assert.equal(
      (await paid.refunded({ amount: "all" })).amount,
      50_000,
      "the failed one holds nothing back",
    );
  });

  test("refuses a reason and an account's holder that say nothing", async () => {
    const paid = await stage.paid();
    for (const wrong of [
      { reason: "   " },
      { reason: "\u3000" },
      { reason: "a\u2029b" },
      { refund_account: { ...ACCOUNT, holder: " " } },
    ]) {
      const answer = await paid.refund({ amount: "all", ...wrong });
      assert.deepEqual([answer.status, answer.body.code], [400, "invalid_request"], JSON.stringify(wrong));
      assert.match(answer.body.detail, /expected one line of text, not of blanks alone$/);
    }
    assert.deepEqual([(await paid.read()).refunds, paid.sent()], [[], []]);
  });

  test("sends the refunds of one payment one after the other, oldest first", async () => {
    const paid = await stage.paid();
    const answers = await Promise.all([1000, 2000, 3000].map((amount) => paid.refund({ amount })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202],
    );
    await paid.scene.quiet();
    const { refunds, order } = await paid.read();
    assert.deepEqual(
      refunds.map(({ state }) => state),
      ["succeeded", "succeeded", "succeeded"],
    );
    assert.deepEqual([order.refunded_amount, paid.moneyBack(), paid.sent().length], [6000, 6000, 3]);
  });

  test("sends nothing before it has looked at the payment", async () => {
    const paid = await stage.paid();
    const { store } = paid.scene.dojang.dojang.deps;
    const lookPath = `/payments/${paid.payment.imp_uid}`;
    paid.scene.emulator.override({ path: lookPath, times: 1 }, { status: 503, body: "" });
    assert.equal((await paid.refund({ amount: 1000 })).status, 202);
    await paid.scene.quiet();
    const [stored] = (await store.readOrder(paid.order))?.refunds ?? [];
    assert.deepEqual([stored?.state, paid.sent().length], ["requested", 0], "nothing is sent without a look");
    await paid.pass(5000);
    assert.deepEqual([(await paid.read()).refunds[0]?.state, paid.moneyBack()], ["succeeded", 1000]);
  });
});
