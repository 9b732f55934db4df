import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { LeverRefusal } from "../../src/emulator/lever-refusal.ts";
import { openApi } from "./call-api.ts";
import { START, stoppedClock } from "./manual-clock.ts";
import { openReceiver } from "./open-receiver.ts";

const KEY = "channel-key-live-settle";
const DUE = START + 86_400;

describe("POST /vbanks", () => {
  test("issues an account and announces it to the given addresses", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const body = { channel_key: KEY, merchant_uid: "dj_v", amount: 5000, vbank_code: "088", vbank_due: DUE };
    const { response } = await api.send("POST", "/vbanks", {
      ...body,
      notice_url: [receiver.url],
      name: "주문",
    });
    const { status, pay_method, channel, amount, vbank_date, vbank_issued_at, vbank_name, paid_at } =
      response;
    assert.deepEqual(
      { status, pay_method, channel, amount, vbank_date, vbank_issued_at, vbank_name, paid_at },
      {
        status: "ready",
        pay_method: "vbank",
        channel: "api",
        amount: 5000,
        vbank_date: DUE,
        vbank_issued_at: START,
        vbank_name: "신한은행",
        paid_at: 0,
      },
    );
    assert.match(response.imp_uid, /^imps_\d{12}$/);
    await emulator.webhooks.idle();
    assert.deepEqual(JSON.parse(receiver.received[0]?.body ?? ""), {
      imp_uid: response.imp_uid,
      merchant_uid: "dj_v",
      status: "ready",
    });

    assert.equal((await api.send("POST", "/vbanks", body)).code, 0); // several may wait for one order
    emulator.deposit(response.imp_uid);
    assert.equal((await api.send("POST", "/vbanks", body)).code, 1);
  });

  test("names what is missing or wrong", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const good = { channel_key: KEY, merchant_uid: "dj_v", amount: 5000, vbank_code: "088", vbank_due: DUE };
    const bad = [
      { channel_key: "x" },
      { merchant_uid: "" },
      { amount: 0 },
      { vbank_code: "999" },
      { vbank_due: START },
    ];
    for (const fault of bad) {
      assert.equal(
        (await api.send("POST", "/vbanks", { ...good, ...fault })).status,
        400,
        JSON.stringify(fault),
      );
    }
    assert.equal(emulator.ledger().length, 0);
  });
});

describe("PUT and DELETE /vbanks/{imp_uid}", () => {
  test("PUT changes amount and deadline at the one PG that can", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const account = { status: "ready", pay_method: "vbank" } as const;
    const settle = emulator.pay({ ...account, channelKey: KEY });
    const other = emulator.pay(account);
    const changed = await api.send("PUT", `/vbanks/${settle.imp_uid}`, { amount: 777, vbank_due: DUE });
    assert.deepEqual([changed.response.amount, changed.response.vbank_date], [777, DUE]);
    assert.equal((await api.send("PUT", `/vbanks/${other.imp_uid}`, { amount: 777 })).status, 400);
    assert.equal((await api.send("PUT", "/vbanks/imp_0", {})).status, 404);
  });

  test("DELETE closes the account: the payment fails; 400 when it is not waiting", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const api = await openApi(emulator);
    const { imp_uid } = emulator.pay({ status: "ready", pay_method: "vbank" });
    const closed = await api.send("DELETE", `/vbanks/${imp_uid}`);
    assert.deepEqual(
      [closed.status, closed.response.status, closed.response.failed_at],
      [200, "failed", START],
    );
    assert.equal((await api.send("DELETE", `/vbanks/${imp_uid}`)).status, 400);
    assert.equal((await api.send("DELETE", `/vbanks/${emulator.pay().imp_uid}`)).status, 400);
    assert.equal((await api.send("DELETE", "/vbanks/imp_0")).status, 404);
  });
});

describe("GET /vbanks/holder", () => {
  test("answers a holder, 404 for an unknown account, 400 without parameters", async () => {
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    assert.deepEqual((await api.get("/vbanks/holder?bank_code=088&bank_num=110123456789")).response, {
      bank_holder: "홍길동",
    });
    assert.equal((await api.get("/vbanks/holder?bank_code=088&bank_num=110120000")).status, 404);
    assert.equal((await api.get("/vbanks/holder?bank_code=088")).status, 400);
  });
});

describe("virtual account levers", () => {
  const account = { status: "ready", pay_method: "vbank", amount: 1000 } as const;

  test("deposit() pays and sends a webhook; a second one is refused", async () => {
    await using receiver = await openReceiver();
    await using emulator = await startEmulator({ webhookUrl: receiver.url });
    const payment = emulator.pay(account);
    emulator.deposit(payment.imp_uid);
    await emulator.webhooks.idle();
    assert.equal(JSON.parse(receiver.received[0]?.body ?? "").status, "paid");
    assert.deepEqual([payment.status, payment.amount], ["paid", "1000"]);
    assert.throws(() => emulator.deposit(payment.imp_uid), LeverRefusal);
    assert.throws(() => emulator.deposit(emulator.pay().imp_uid), LeverRefusal);
  });

  test("deposit() of another amount is recorded, or refused by the switch", async () => {
    await using emulator = await startEmulator();
    const short = emulator.pay(account);
    emulator.deposit(short.imp_uid, 900);
    assert.deepEqual([short.status, short.amount, short.deposit_history[0]?.amount], ["paid", "900", "900"]);
    emulator.model.switches.wrongDeposit = "refused";
    const over = emulator.pay(account);
    assert.throws(() => emulator.deposit(over.imp_uid, 1100), LeverRefusal);
    assert.equal(over.status, "ready");
  });

  test("expire() leaves the account waiting, or fails it by the switch", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const waiting = emulator.pay(account);
    emulator.expire(waiting.imp_uid);
    assert.deepEqual([waiting.status, waiting.vbank_date], ["ready", START - 1]);
    emulator.model.switches.lateDeposit = "refused";
    assert.throws(() => emulator.deposit(waiting.imp_uid), LeverRefusal);
    emulator.model.switches.lateDeposit = "accepted";
    emulator.deposit(waiting.imp_uid);
    assert.equal(waiting.status, "paid");
    emulator.model.switches.expiredVbank = "failed";
    assert.equal(emulator.expire(emulator.pay(account).imp_uid).status, "failed");
  });

  test("reverseDeposit() goes back to ready, or to cancelled by the switch", async () => {
    await using emulator = await startEmulator();
    const payment = emulator.pay({ pay_method: "vbank" });
    emulator.reverseDeposit(payment.imp_uid);
    assert.deepEqual([payment.status, payment.paid_at], ["ready", 0]);
    emulator.model.switches.reversedDeposit = "cancelled";
    const other = emulator.pay({ pay_method: "vbank" });
    emulator.reverseDeposit(other.imp_uid);
    assert.deepEqual([other.status, other.cancel_amount], ["cancelled", "1000"]);
  });

  test("ledger() tells the true money and its history, whatever the answers say", async () => {
    await using emulator = await startEmulator({ now: stoppedClock });
    const { imp_uid } = emulator.pay({ ...account, raw: { amount: "1" } });
    emulator.deposit(imp_uid);
    emulator.silentCancel(imp_uid, 300);
    const [row] = emulator.ledger();
    assert.deepEqual([row?.captured, row?.cancelled, row?.status], ["1000", "300", "cancelled"]);
    assert.deepEqual(
      row?.history.map(({ event, status, captured, returned }) => [event, status, captured, returned]),
      [
        ["issued", "ready", "0", "0"],
        ["captured", "paid", "1000", "0"],
        ["cancelled", "cancelled", "1000", "300"],
      ],
    );
  });
});
