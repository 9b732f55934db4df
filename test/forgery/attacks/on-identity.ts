import { DEVELOPMENT_MERCHANT } from "../../../src/emulator/merchant.ts";
import { LIVE_MERCHANT } from "../../support/forgery.ts";
import { type Attack, CHEAP, DEAR, type Stage } from "./stage.ts";

/** Pays one order and tells of it under the other one. */
async function swap(stage: Stage, of: { paid: number; wanted: number }): Promise<string | undefined> {
  const [paid, wanted] = [await stage.order(of.paid), await stage.order(of.wanted)];
  await stage.complete(stage.pay(paid, { amount: of.paid }), wanted);
  return stage.wrongIf(wanted, "paid");
}

function window(stage: Stage, merchant_uid: string, amount: number) {
  const params = { merchant_uid, amount, name: "감귤 5kg", pay_method: "card" };
  return stage.gateway.openWindow({ userCode: LIVE_MERCHANT.userCode, params });
}

/** Which payment, which order, whose. */
export const ON_IDENTITY: readonly Attack[] = [
  {
    of: "R10",
    what: "a payment of 1,000 for one order is told of under one of 50,000",
    run: (stage) => swap(stage, { paid: CHEAP, wanted: DEAR }),
  },
  {
    of: "R11",
    what: "two orders cost the same, and one payment is told of under the other",
    run: (stage) => swap(stage, { paid: DEAR, wanted: DEAR }),
  },
  {
    of: "R12",
    what: "one payment is told of under three orders, one after another",
    async run(stage) {
      const orders = [await stage.order(), await stage.order(), await stage.order()];
      const payment = stage.pay(orders[0] ?? "");
      for (const order of orders) await stage.complete(payment, order);
      const states = await Promise.all(orders.map(async (order) => (await stage.read(order)).state));
      const paid = states.filter((state) => state === "paid").length;
      return paid > 1 ? `${paid} orders are paid by one payment` : undefined;
    },
  },
  {
    of: "R13",
    what: "the page tells five times of one account",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order, { pay_method: "vbank", status: "ready" });
      const texts = await stage.textsOf(async () => {
        for (let time = 0; time < 5; time++) await stage.complete(payment, order);
      });
      return texts.length > 1 ? `the buyer was texted ${texts.length} times` : undefined;
    },
  },
  {
    of: "R14",
    what: "another buyer's payment, which has paid, is told of under one's own order",
    async run(stage) {
      const [victims, own] = [await stage.order(), await stage.order()];
      const payment = stage.pay(victims);
      await stage.complete(payment, victims);
      await stage.complete(payment, own);
      return stage.wrongIf(own, "paid");
    },
  },
  {
    of: "R15",
    what: "a payment into the attacker's own account at the gateway",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { userCode: DEVELOPMENT_MERCHANT.userCode }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R15",
    what: "a payment through another merchant's channel",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { pg_id: "MOIattacker1" }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R16",
    what: "a test card on a live shop",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { sandbox: true }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R16",
    what: "a test card on a live shop, with a query behind its id that has the gateway show it",
    async run(stage) {
      const order = await stage.order();
      const { imp_uid } = stage.pay(order, { sandbox: true });
      await stage.complete(`${imp_uid}?include_sandbox=true`, order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R17",
    what: "points, where the shop takes cards alone",
    async run(stage) {
      const order = await stage.order(DEAR, { payMethods: ["card"] });
      await stage.complete(stage.pay(order, { pay_method: "point" }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R18",
    what: "a stranger pays 100 won under a buyer's order, so that the buyer's window stays shut",
    async run(stage) {
      const order = await stage.order();
      const strangers = window(stage, order, 100);
      if (strangers.ok) await stage.gateway.settleWindow(strangers.payment.imp_uid, { kind: "card" });
      const buyers = window(stage, order, DEAR);
      return buyers.ok ? undefined : "the gateway opens no window for the buyer";
    },
  },
  {
    of: "R19",
    what: "a failed payment is told of under a stranger's paid order",
    async run(stage) {
      const [victims, own] = [await stage.order(), await stage.order()];
      await stage.complete(stage.pay(victims), victims);
      await stage.complete(stage.pay(own, { status: "failed" }), victims);
      return stage.wrongUnless(victims, "paid");
    },
  },
  {
    of: "R20",
    what: "a stranger's payment is told of under an order that it does not fit",
    async run(stage) {
      const [victims, own] = [await stage.order(), await stage.order(CHEAP)];
      const payment = stage.pay(victims);
      await stage.complete(payment, victims);
      await stage.complete(payment, own);
      return payment.cancel_amount === "0" ? undefined : "the stranger's money went back";
    },
  },
  {
    of: "R21",
    what: "an open window, and a page that says that it was paid",
    async run(stage) {
      const order = await stage.order();
      const said = { success: true, imp_success: true, status: "paid", paid_amount: DEAR };
      const { word } = await stage.complete(stage.pay(order, { status: "ready" }), order, said);
      return word === "success" ? "the page was believed" : stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R22",
    what: "a charge of a billing key in place of a payment",
    async run(stage) {
      const order = await stage.order();
      const billing = { customer_uid: "a-stranger", customer_uid_usage: "payment.scheduled" };
      await stage.complete(stage.pay(order, billing), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R23",
    what: "one payment under another spelling of its id",
    async run(stage) {
      const order = await stage.order();
      const { word } = await stage.complete(`${stage.pay(order).imp_uid}#1`, order);
      return word === "success" ? "the other spelling is taken for the payment" : undefined;
    },
  },
  {
    of: "R24",
    what: "who knows no order asks whether a payment exists",
    async run(stage) {
      const payment = stage.pay(await stage.order());
      const unknown = "an-order-of-nobody";
      const [there, not] = [
        await stage.complete(payment, unknown),
        await stage.complete("imp_000000000024", unknown),
      ];
      const isSame = there.status === not.status && there.text === not.text;
      return isSame ? undefined : "the answers tell a payment that exists from one that does not";
    },
  },
];
