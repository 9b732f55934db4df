// Goal: the report of a day is the gateway's own ledger of that day, to the won. Method: three days of payments at the
// emulator, by a seed, up to both sides of midnight in Seoul, with money given back in parts, in silence and before anybody
// looked; Dojang sees each payment by its id; then the emulator's books are summed by their own times.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { SeededRandom } from "../../src/emulator/seeded-random.ts";
import { verifyPayment } from "../../src/usecases/verify-payment.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { type Answer, startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_123);
const DAY_MS = 86_400_000;
/** 00:00 of 2026-08-01 in Seoul. */
const MIDNIGHT = Date.UTC(2026, 6, 31, 15);
const DAYS = ["2026-08-01", "2026-08-02", "2026-08-03"];
const METHODS = ["card", "phone", "vbank"];

const clock = new ManualClock(MIDNIGHT);
let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator({ now: () => clock.now(), switches: { partialCancelStatus: "paid" } });
  emulator.webhooks.auto = false;
  dojang = await startTestDojang({ emulator, clock, env: { DOJANG_MERCHANT_UID_PREFIX: "claimed_" } });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});

const report = (query: string, headers = {}): Promise<Answer> =>
  dojang.request("GET", `/v1/reports/daily?${query}`, { headers });
/** Without running timers: a look under way would meet its deadline. */
const moveTo = (at: number) => clock.jump(Math.max(0, at - clock.now()));
/** The server's own looks meet the moving clock too: a token that ends under them is asked for again. */
const see = (impUid: string) =>
  until(
    `${impUid} is seen`,
    async () =>
      (await verifyPayment(dojang.dojang.deps, { paymentId: impUid, foundBy: "look" })).kind === "decided",
  );

/** Hundredths of a major unit: whole for every amount here. */
const hundredths = (text: string) => Math.round(Number(text) * 100);

/** The emulator's books of one day: [currency, method] to hundredths. Foreign orders are none of ours. */
function ledgerOf(day: string) {
  const from = Date.parse(`${day}T00:00:00+09:00`);
  const sums = new Map<string, { paid: number; paidCount: number; back: number; backCount: number }>();
  for (const { imp_uid, merchant_uid, currency, history } of emulator.ledger()) {
    if (merchant_uid.startsWith("foreign")) continue;
    const key = `${currency} ${emulator.model.payment(imp_uid)?.pay_method}`;
    let before = { captured: "0", returned: "0" };
    for (const entry of history) {
      const captured = hundredths(entry.captured) - hundredths(before.captured);
      const returned = hundredths(entry.returned) - hundredths(before.returned);
      before = entry;
      if (entry.atMs < from || entry.atMs >= from + DAY_MS || (captured === 0 && returned === 0)) continue;
      const sum = sums.get(key) ?? { paid: 0, paidCount: 0, back: 0, backCount: 0 };
      sum.paid += captured;
      sum.paidCount += captured === 0 ? 0 : 1;
      sum.back += returned;
      sum.backCount += returned === 0 ? 0 : 1;
      sums.set(key, sum);
    }
  }
  return Object.fromEntries([...sums].toSorted());
}

interface Row {
  readonly currency: string;
  readonly pay_method: string;
  readonly paid_count: number;
  readonly paid_amount: number;
  readonly refunded_count: number;
  readonly refunded_amount: number;
  readonly unexplained_amount: number;
  readonly net_amount: number;
}

async function reportOf(day: string) {
  const { body } = await report(`date=${day}`);
  const rows: readonly Row[] = body.rows;
  for (const row of rows) {
    assert.equal(row.unexplained_amount, 0);
    const net = hundredths(String(row.paid_amount)) - hundredths(String(row.refunded_amount));
    assert.equal(hundredths(String(row.net_amount)), net);
  }
  const entries = rows.map((row): [string, object] => [
    `${row.currency} ${row.pay_method}`,
    {
      paid: hundredths(String(row.paid_amount)),
      paidCount: row.paid_count,
      back: hundredths(String(row.refunded_amount)),
      backCount: row.refunded_count,
    },
  ]);
  return { rows: Object.fromEntries(entries.toSorted()), totals: body.totals };
}

/** Days of payments, each seen now or never again until the end. */
async function play(random: SeededRandom): Promise<void> {
  const pick = <Value>(values: readonly Value[]): Value => values[random.next() % values.length] as Value;
  const paid: { impUid: string; left: number; currency: string }[] = [];
  for (let step = 0; step < 90; step += 1) {
    const day = Math.floor(step / 30);
    const inDay = step % 30;
    // Both sides of midnight, and times in between.
    const offset = inDay === 0 ? 0 : inDay === 29 ? DAY_MS - 1 : Math.floor((inDay * DAY_MS) / 30);
    moveTo(MIDNIGHT + day * DAY_MS + offset);
    const currency = pick(["KRW", "KRW", "USD"]);
    const amount =
      currency === "KRW" ? 1000 + (random.next() % 90_000) : (100 + (random.next() % 9_999)) / 100;
    const pay_method = pick(METHODS);
    const merchant_uid = pick([
      () => dojang.order({ amount, currency }).then(({ body }) => body.merchant_uid),
      () => dojang.order({ amount, currency }).then(({ body }) => body.merchant_uid),
      async () => `claimed_${step}_000`,
      async () => `foreign_${step}_000`,
    ]);
    const orderId = await merchant_uid();
    const fields = { merchant_uid: orderId, amount, currency, pay_method, sandbox: true };
    const isDeposit = pay_method === "vbank";
    const { imp_uid } = emulator.pay(isDeposit ? { ...fields, status: "ready", vbank_date: 2e9 } : fields);
    if (isDeposit && random.next() % 4 > 0) emulator.deposit(imp_uid);
    if (isDeposit && emulator.model.payment(imp_uid)?.status === "ready") continue;
    if (random.next() % 2 === 0) await see(imp_uid);
    paid.push({ impUid: imp_uid, left: hundredths(String(amount)), currency });
    giveBack(random, paid);
  }
}

function giveBack(random: SeededRandom, paid: { impUid: string; left: number; currency: string }[]): void {
  for (let count = random.next() % 3; count > 0; count -= 1) {
    const payment = paid[random.next() % paid.length];
    if (payment === undefined || payment.left < 200) continue;
    const unit = payment.currency === "KRW" ? 100 : 1;
    const part = random.next() % 3 === 0 ? payment.left : Math.floor(payment.left / 3 / unit) * unit;
    payment.left -= part;
    const amount = String(part / 100);
    if (random.next() % 2 === 0) emulator.silentCancel(payment.impUid, amount);
    else emulator.cancelFromConsole(payment.impUid, amount);
  }
}

describe("GET /v1/reports/daily", () => {
  test("equals the gateway's ledger, day by day, to the won", async (t) => {
    t.diagnostic(`seed ${SEED}`);
    await play(new SeededRandom(SEED));
    for (const { imp_uid, history } of emulator.ledger())
      if (history.some(({ captured }) => captured !== "0")) await see(imp_uid);
    for (const day of DAYS) {
      const books = ledgerOf(day);
      const { rows, totals } = await reportOf(day);
      assert.ok(Object.keys(books).length >= 4, `only ${Object.keys(books)} moved on ${day}`);
      assert.deepEqual(rows, books, day);
      for (const total of totals) {
        const ofCurrency = Object.entries(books).filter(([key]) => key.startsWith(total.currency));
        const sum = (of: "paid" | "back") => ofCurrency.reduce((all, [, sums]) => all + sums[of], 0);
        assert.equal(hundredths(String(total.paid_amount)), sum("paid"));
        assert.equal(hundredths(String(total.net_amount)), sum("paid") - sum("back"));
      }
    }
  });

  test("gives the same as CSV that a spreadsheet can open", async () => {
    const { rows } = (await report(`date=${DAYS[0]}`)).body;
    const csv = await report(`date=${DAYS[0]}&format=csv`);
    assert.equal(csv.headers.get("content-type"), "text/csv; charset=utf-8; header=present");
    assert.equal(csv.headers.get("content-disposition"), 'attachment; filename="dojang-2026-08-01.csv"');
    const accepted = await report(`date=${DAYS[0]}`, { accept: "text/csv" });
    assert.equal(accepted.text, csv.text);
    const [head, ...lines] = csv.text.trimEnd().split("\r\n");
    assert.equal(
      head,
      "date,currency,pay_method,paid_count,paid_amount,refunded_count,refunded_amount,unexplained_amount,unreadable_count,net_amount",
    );
    assert.deepEqual(
      lines,
      rows.map((row: Row) => [DAYS[0], ...Object.values(row)].join(",")),
    );
    assert.equal((await report(`date=${DAYS[0]}`, { accept: "text/html,*/*" })).body.date, DAYS[0]);
  });

  test("keeps a pay method that would run as a formula from running", async () => {
    const { merchant_uid } = (await dojang.order()).body;
    const { imp_uid } = emulator.pay({
      merchant_uid,
      amount: 50_000,
      sandbox: true,
      pay_method: '=HYPERLINK("http://evil.example")',
    });
    await see(imp_uid);
    const csv = await report(`date=${DAYS[2]}&format=csv`);
    assert.ok(csv.text.includes(`KRW,"'=HYPERLINK(""http://evil.example"")",1,50000,`), csv.text);
  });

  test("shows money whose history does not tell of it", async () => {
    moveTo(MIDNIGHT + 4 * DAY_MS);
    const { merchant_uid } = (await dojang.order()).body;
    const { imp_uid } = emulator.pay({ merchant_uid, amount: 50_000, sandbox: true });
    emulator.silentCancel(imp_uid, 1_000);
    await see(imp_uid);
    emulator.edit(imp_uid, { cancel_amount: "21000" });
    await see(imp_uid);
    const [row] = (await report("date=2026-08-05")).body.rows;
    assert.deepEqual(
      [row.paid_amount, row.refunded_amount, row.unexplained_amount, row.net_amount],
      [50_000, 1_000, 20_000, 29_000],
    );
  });

  test("is empty for a day without money, and refuses what is no day up to today", async () => {
    const empty = await report("date=1999-12-31");
    assert.deepEqual(empty.body, { date: "1999-12-31", timezone: "Asia/Seoul", rows: [], totals: [] });
    assert.equal((await report("date=2026-08-05")).status, 200, "today");
    for (const query of [
      "date=2026-08-06",
      "date=2026-02-30",
      "date=2026-8-1",
      "date=20260801",
      "date=",
      "",
      "date=2026-08-01&format=xml",
      "date=2026-08-01&date=2026-08-02",
      "date=2026-08-01&other=1",
    ]) {
      const refused = await report(query);
      assert.deepEqual([refused.status, refused.body.code], [400, "invalid_request"], query);
    }
    const stranger = await dojang.request("GET", "/v1/reports/daily?date=2026-08-01", { isShop: false });
    assert.equal(stranger.status, 401);
  });
});
