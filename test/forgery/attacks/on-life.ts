import { DAY_MS, HOUR_MS } from "../../support/forgery-time.ts";
import { type Attack, DEAR } from "./stage.ts";

/** What becomes of a payment: waiting, failed, given back, late, twice. */
export const ON_LIFE: readonly Attack[] = [
  {
    of: "R25",
    what: "a window that was opened and left is told of",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order, { status: "ready" });
      const { word } = await stage.complete(payment, order);
      return word === "vbankIssued" ? "an account was announced that does not exist" : undefined;
    },
  },
  {
    of: "R26",
    what: "a failed payment is told of",
    async run(stage) {
      const order = await stage.order();
      const reply = await stage.complete(stage.pay(order, { status: "failed" }), order);
      if (reply.status === "none") return "the page is never answered, and the failure stands in the order";
      return stage.wrongUnless(order, "unpaid");
    },
  },
  {
    of: "R27",
    what: "a payment of which a part went back before it was told of",
    async run(stage) {
      const order = await stage.order();
      const gone = { cancel_amount: 49_000, raw: { status: '"paid"' } };
      await stage.complete(stage.pay(order, gone), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R28",
    what: "a payment goes back after it paid, and nobody is told",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      await stage.complete(payment, order);
      stage.gateway.silentCancel(payment.imp_uid);
      await stage.target.beforeShipping(order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R29",
    what: "an older account is told of once the order is paid",
    async run(stage) {
      const order = await stage.order();
      const account = stage.pay(order, { pay_method: "vbank", status: "ready" });
      await stage.complete(stage.pay(order), order);
      await stage.complete(account, order);
      return stage.wrongUnless(order, "paid");
    },
  },
  {
    of: "R30",
    what: "a payment that failed is approved later, and only the gateway tells of it",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order, { status: "failed" });
      await stage.complete(payment, order);
      stage.gateway.lateApprove(payment.imp_uid);
      await stage.notice(payment, order);
      await stage.target.pass(HOUR_MS);
      return stage.wrongUnless(order, "paid");
    },
  },
  {
    of: "R31",
    what: "an account that takes deposits for 90 days",
    async run(stage) {
      const order = await stage.order();
      const vbank_date = Math.floor((stage.target.clock.now() + 90 * DAY_MS) / 1000);
      const account = stage.pay(order, { pay_method: "vbank", status: "ready", vbank_date });
      await stage.complete(account, order);
      return stage.wrongIf(order, "account");
    },
  },
  {
    of: "R32",
    what: "a second real payment of a paid order is told of",
    async run(stage) {
      const order = await stage.order();
      const [first, second] = [stage.pay(order), stage.pay(order)];
      await stage.complete(first, order);
      const { word } = await stage.complete(second, order);
      if (word === "success") return "the second payment is a success too, and its money is nobody's";
      const { paidBy } = await stage.read(order);
      return paidBy === first.imp_uid ? undefined : "the second payment took the place of the first";
    },
  },
  {
    of: "R33",
    what: "a confirm call with another amount",
    needs: "confirm",
    async run(stage) {
      const order = await stage.order();
      const body = { imp_uid: "imp_000000000033", merchant_uid: order, amount: 100 };
      const { status } = await stage.target.post("/payments/confirm", JSON.stringify(body));
      return status === 200 ? "the approval was let through" : undefined;
    },
  },
  {
    of: "R34",
    what: "refunds of 0, of nothing, and of more than was paid",
    needs: "refund",
    async run(stage) {
      const order = await stage.order();
      const payment = stage.pay(order);
      await stage.complete(payment, order);
      const amounts = [{ amount: 0 }, {}, { amount: -1 }, { amount: DEAR + 1 }, { amount: null }];
      for (const [index, amount] of amounts.entries()) {
        const body = { reason: "R34", ...amount };
        const key = { "idempotency-key": `${order}-${index}` };
        await stage.target.shop("POST", `/v1/orders/${order}/refunds`, body, key);
      }
      return payment.cancel_amount === "0" ? undefined : `${payment.cancel_amount} went back`;
    },
  },
];
