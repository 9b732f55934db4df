// A gateway with far more payments than an emulator would hold: every row is made up from its number when it is asked for.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveCalls } from "../child.ts";
import { orderIdOf } from "./samples-of-lists.ts";

/** So many payments, one after the other, over this time in whole seconds; the list of paid ones holds them all. */
export interface ListPlan {
  readonly from: number;
  readonly seconds: number;
  readonly count: number;
  /** Every so many one pays an order of ours. */
  readonly oursEvery: number;
}

const PAGE_ROWS = 1000;
const AMOUNT = 50_000;
let plan: ListPlan = { from: 0, seconds: 1, count: 0, oursEvery: 1 };
/** Lookups of one payment so far. */
let lookups = 0;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://gateway");
  const body = JSON.stringify({ code: 0, message: null, response: answer(url) });
  response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(body);
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  serveCalls(
    {
      plan: (given: ListPlan) => {
        plan = given;
      },
      lookups: () => lookups,
    },
    { url: `http://127.0.0.1:${port}` },
  );
});

function answer({ pathname, searchParams }: URL): unknown {
  const now = Math.floor(Date.now() / 1000);
  if (pathname === "/users/getToken") return { access_token: "bench-token", now, expired_at: now + 1800 };
  const status = /^\/payments\/status\/(\w+)$/.exec(pathname)?.[1];
  if (status !== undefined)
    return page(status, Number(searchParams.get("from")), Number(searchParams.get("to")));
  lookups += 1;
  return payment(Number(/^\/payments\/imp_(\d+)$/.exec(pathname)?.[1]));
}

function page(status: string, from: number, to: number) {
  const { count, seconds } = plan;
  // Number n was paid in second floor(n * seconds / count).
  const firstFrom = (second: number) => Math.min(count, Math.max(0, Math.ceil((second * count) / seconds)));
  const first = firstFrom(from - plan.from);
  const end = firstFrom(to - plan.from + 1);
  const total = status === "paid" ? end - first : 0;
  const rows = Math.min(total, PAGE_ROWS);
  const list = Array.from({ length: rows }, (_, n) => payment(first + n));
  return { total, previous: 0, next: total > rows ? 2 : 0, list };
}

function payment(index: number) {
  const paidAt = plan.from + Math.floor((index * plan.seconds) / plan.count);
  return {
    imp_uid: `imp_${String(index).padStart(12, "0")}`,
    merchant_uid: index % plan.oursEvery === 0 ? orderIdOf(index) : `other-system-${index}`,
    status: "paid",
    amount: AMOUNT,
    cancel_amount: 0,
    currency: "KRW",
    pay_method: "card",
    channel: "pc",
    name: "감귤 5kg",
    pg_provider: "html5_inicis",
    pg_id: "INIpayTest",
    pg_tid: `StdpayCARDINIpayTest${index}`,
    apply_num: "30000000",
    card_code: "361",
    card_name: "BC카드",
    card_quota: 0,
    card_number: "000000*********0",
    buyer_name: "김도장",
    buyer_email: "buyer@example.com",
    buyer_tel: "010-1234-5678",
    buyer_addr: "서울특별시 강남구 삼성동",
    buyer_postcode: "06018",
    custom_data: null,
    user_agent: "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36",
    receipt_url: "https://iniweb.inicis.com/DefaultWebApp/mall/cr/cm/mCmReceipt_head.jsp?noTid=StdpayCARD",
    sandbox: true,
    escrow: false,
    cash_receipt_issued: false,
    cancel_history: [],
    cancel_receipt_urls: [],
    started_at: paidAt - 30,
    paid_at: paidAt,
    failed_at: 0,
    cancelled_at: 0,
    vbank_num: null,
    vbank_date: 0,
  };
}
