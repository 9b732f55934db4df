import { DAY_MS } from "../../support/forgery-time.ts";
import { type Attack, CHEAP, DEAR } from "./stage.ts";

/** The amount, its currency, what the order costs. */
export const ON_MONEY: readonly Attack[] = [
  {
    of: "R01",
    what: "100 won are paid for an order of 50,000",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { amount: 100 }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R02",
    what: "the page says itself what the order costs",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { amount: 100 }), order, { amount: 100, price: 100 });
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R03",
    what: "50,000 dong are paid for an order of 50,000 won",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { currency: "VND" }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R04",
    what: "an amount that is 50,000 only once it is rounded",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { raw: { amount: "50000.0000000000000001" } }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R05",
    what: "an answer of the gateway without its currency",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { omit: ["currency"] }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R06",
    what: "an order of 0 won is paid by issuing a billing key",
    async run(stage) {
      const order = stage.nextId();
      if (!(await stage.target.register({ id: order, amount: 0 }))) return undefined;
      await stage.complete(
        stage.pay(order, { amount: 0, customer_uid: "c_1", customer_uid_usage: "issue" }),
        order,
      );
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R07",
    what: "a promotion that the shop does not give",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { promotion: { id: "p_1", discount: 10_000 } }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R08",
    what: "an old price is held, and paid a month later",
    async run(stage) {
      const order = await stage.order();
      const paid_at = Math.floor((stage.target.clock.now() + 30 * DAY_MS) / 1000);
      await stage.complete(stage.pay(order, { paid_at }), order);
      return stage.wrongIf(order, "paid");
    },
  },
  {
    of: "R09",
    what: "a payment with a field that the order must not get",
    async run(stage) {
      const order = await stage.order();
      await stage.complete(stage.pay(order, { raw: { shipped_to: '"the attacker"' } }), order);
      const { text } = await stage.read(order);
      return text.includes("the attacker") ? "the gateway's text stands in the order" : undefined;
    },
  },
  {
    of: "R09",
    what: "a cheap payment re-prices a dear order",
    async run(stage) {
      const [cheap, dear] = [await stage.order(CHEAP), await stage.order(DEAR)];
      await stage.complete(stage.pay(cheap, { amount: CHEAP }), dear);
      const { text } = await stage.read(dear);
      return JSON.parse(text).amount === DEAR ? undefined : "the dear order costs 1,000 now";
    },
  },
];
