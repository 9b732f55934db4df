import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as vendor from "iamport-rest-client-nodejs";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";

// Goal: the emulator is faithful where the vendor's own code is the judge, not ours. Method: the official Node client,
// unchanged but for its base URL, makes every call it knows of the ones that the emulator answers.

const { Iamport, Request, Enum } = vendor;

function clientOf(emulator: Emulator) {
  return new Iamport({ apiKey: emulator.impKey, apiSecret: emulator.impSecret, baseUrl: emulator.url });
}

/** The client's types name every parameter, also those that the API leaves free. */
const free = <Value>(params: unknown) => params as Value;

interface Refused {
  readonly response: {
    readonly status?: number;
    readonly data: { readonly code: number; readonly message: string };
  };
}

interface PartlyFound {
  readonly status: number;
  readonly data: {
    readonly failed: string[];
    readonly response: ReadonlyArray<{ readonly imp_uid: string }>;
  };
}

/** What a refused call rejects with. */
async function refusalOf(call: Promise<unknown>): Promise<Refused["response"]> {
  const refused = await call.then(
    () => assert.fail("the call was not refused"),
    (error: unknown) => error as Refused,
  );
  return refused.response;
}

describe("the vendor's Node client", () => {
  test("gets a token and keeps it", async () => {
    await using emulator = await startEmulator();
    const client = clientOf(emulator);
    const direct = Request.Authenticate.getToken({
      imp_key: emulator.impKey,
      imp_secret: emulator.impSecret,
    });
    const { access_token, expired_at, now } = (await direct.request(client)).data.response;
    assert.match(access_token, /^[0-9a-f]{40}$/);
    assert.equal(expired_at.getTime() - now.getTime(), 1_800_000);
    const payment = emulator.pay();
    for (let i = 0; i < 2; i++)
      await Request.Payments.getByImpUid({ imp_uid: payment.imp_uid }).request(client);
    assert.equal(emulator.requests.lines().filter((line) => line === "POST /users/getToken").length, 2);
  });

  test("is refused with wrong keys", async () => {
    await using emulator = await startEmulator();
    const client = new Iamport({ apiKey: "no", apiSecret: "no", baseUrl: emulator.url });
    const { status, data } = await refusalOf(
      Request.Payments.getByImpUid({ imp_uid: "imp_1" }).request(client),
    );
    assert.deepEqual([status, data.code], [401, -1]);
  });

  test("reads a payment by imp_uid, and learns that one does not exist", async () => {
    await using emulator = await startEmulator();
    const client = clientOf(emulator);
    const { imp_uid, merchant_uid } = emulator.pay({ amount: 50000, name: "당근 10kg" });
    const { code, response } = (await Request.Payments.getByImpUid({ imp_uid }).request(client)).data;
    assert.deepEqual(
      [code, response.imp_uid, response.merchant_uid, response.amount],
      [0, imp_uid, merchant_uid, 50000],
    );
    assert.deepEqual([response.status, response.name, response.cancel_history], ["paid", "당근 10kg", []]);
    const { status, data } = await refusalOf(
      Request.Payments.getByImpUid({ imp_uid: "imp_0" }).request(client),
    );
    assert.deepEqual([status, data.message], [404, "존재하지 않는 결제정보입니다."]);
  });

  test("reads several payments, and learns which are missing from a 207", async () => {
    await using emulator = await startEmulator();
    const client = clientOf(emulator);
    const { imp_uid } = emulator.pay();
    const several = Request.Payments.getByImpUids({ imp_uid: [imp_uid, "imp_0"] });
    const answer = free<PartlyFound>(await several.request(client));
    assert.equal(answer.status, 207);
    assert.deepEqual(answer.data.failed, ["imp_0"]);
    assert.equal(answer.data.response[0]?.imp_uid, imp_uid);
  });

  test("finds by merchant_uid: the newest of a status, and all of them page by page", async () => {
    await using emulator = await startEmulator();
    const client = clientOf(emulator);
    const merchant_uid = "dj_client";
    for (let i = 0; i < 24; i++) emulator.pay({ merchant_uid, status: "failed" });
    const paid = emulator.pay({ merchant_uid });
    emulator.pay({ merchant_uid, status: "failed" });
    const one = Request.Payments.getByMerchantUid(
      free({ merchant_uid, status: Enum.StatusEnum.PAID, sorting: Enum.SortingEnum.STARTED_DESC }),
    );
    assert.equal((await one.request(client)).data.response.imp_uid, paid.imp_uid);
    const page = (number: number) =>
      Request.Payments.getByMerchantUids(
        free({
          merchant_uid,
          status: Enum.StatusEnum.FAILED,
          sorting: Enum.SortingEnum.STARTED_ASC,
          page: number,
        }),
      ).request(client);
    const first = (await page(1)).data.response;
    assert.deepEqual([first.total, first.previous, first.next, first.list.length], [25, 0, 2, 20]);
    const second = (await page(2)).data.response;
    assert.deepEqual([second.previous, second.next, second.list.length], [1, 0, 5]);
  });

  test("lists by status", async () => {
    await using emulator = await startEmulator();
    const client = clientOf(emulator);
    for (const status of ["paid", "ready", "cancelled"] as const) emulator.pay({ status });
    const ask = (status: string) => Request.Payments.getByStatus(free({ status, limit: 10 })).request(client);
    assert.equal((await ask("paid")).data.response.total, 1);
    assert.equal((await ask("all")).data.response.total, 3);
    const { status, data } = await refusalOf(ask("done"));
    assert.deepEqual([status, data.message], [400, "지원되지 않는 상태값입니다."]);
  });

  test("registers an amount once and reads it back", async () => {
    await using emulator = await startEmulator();
    const client = clientOf(emulator);
    const prepare = () => Request.Prepare.postAmount({ merchant_uid: "dj_p", amount: 1000 }).request(client);
    assert.equal((await prepare()).data.response.amount, 1000);
    assert.equal((await refusalOf(prepare())).data.code, 1);
    const read = await Request.Prepare.getAmount({ merchant_uid: "dj_p" }).request(client);
    assert.deepEqual([read.data.response.merchant_uid, read.data.response.amount], ["dj_p", 1000]);
  });

  test("cancels a part with a checksum, then the rest, then nothing", async () => {
    await using emulator = await startEmulator();
    const client = clientOf(emulator);
    const { imp_uid } = emulator.pay({ amount: 10000 });
    const cancel = (rest: object) =>
      Request.Payments.cancel(free({ imp_uid, reason: "변심", ...rest })).request(client);
    assert.equal((await cancel({ amount: 1000, checksum: 10000 })).data.response.cancel_amount, 1000);
    assert.equal((await refusalOf(cancel({ amount: 1000, checksum: 10000 }))).data.code, 1);
    const whole = (await cancel({})).data.response;
    assert.deepEqual(
      [whole.status, whole.cancel_amount, whole.cancel_history.length],
      ["cancelled", 10000, 2],
    );
    assert.equal((await refusalOf(cancel({}))).data.message, "이미 전액취소된 주문입니다.");
  });

  test("issues, changes and closes a virtual account, and asks for a holder", async () => {
    await using emulator = await startEmulator();
    const client = clientOf(emulator);
    const vbank_due = Math.floor(Date.now() / 1000) + 3600;
    const request = {
      channel_key: "channel-key-live-settle",
      merchant_uid: "dj_v",
      amount: 5000,
      vbank_code: "088",
      vbank_due,
    };
    const issued = (await Request.Vbanks.post(free({ ...request, vbank_holder: "도장상점" })).request(client))
      .data.response;
    assert.deepEqual(
      [issued.status, issued.vbank_holder, issued.vbank_date.getTime()],
      ["ready", "도장상점", vbank_due * 1000],
    );
    const { imp_uid } = issued;
    const changed = await Request.Vbanks.put({ imp_uid, amount: 6000 }).request(client);
    assert.equal(changed.data.response.amount, 6000);
    const closed = await Request.Vbanks.delete({ imp_uid }).request(client);
    assert.equal(closed.data.response.status, "failed");
    const holder = Request.Vbanks.getHolder(free({ bank_code: "088", bank_num: "110123456789" }));
    assert.equal((await holder.request(client)).data.response.bank_holder, "홍길동");
  });

  test("reads a PAYCO balance", async () => {
    await using emulator = await startEmulator();
    const { imp_uid } = emulator.pay({ channelKey: "channel-key-live-payco", amount: 700 });
    const { response } = (await Request.Payments.getAmountByImpUid({ imp_uid }).request(clientOf(emulator)))
      .data;
    assert.equal(response.amount, 700);
  });
});
