import { startGuideWay } from "../../../bench/guide-way/guide-way.ts";
import { startEmulator } from "../../../src/emulator/emulator.ts";
import { ManualClock } from "../../gateway/manual-clock.ts";
import { LIVE_MERCHANT } from "../../support/forgery.ts";
import { send } from "./send.ts";
import type { OrderState, ShownOrder, Target } from "./target.ts";

const STATES: Readonly<Record<string, OrderState>> = {
  paid: "paid",
  ready: "account",
  cancelled: "given back",
  failed: "other",
};

/** The guide's own code with its merchant's Map, before a gateway of its own. What it cannot do is left out, and not made up. */
export async function openGuide(): Promise<Target> {
  const clock = new ManualClock();
  const emulator = await startEmulator({ seed: 4711, now: () => clock.now() });
  emulator.model.addMerchant(LIVE_MERCHANT);
  const { impKey, impSecret } = LIVE_MERCHANT;
  const server = await startGuideWay({ gatewayUrl: emulator.url, impKey, impSecret });
  emulator.webhooks.auto = false;
  const ask = (path: string) => ({
    url: `${server.url}${path}`,
    aliveUrl: `${server.url}/setup/orders/none`,
  });
  return {
    name: "the guide's way",
    emulator,
    clock,
    parts: [],
    async register({ id, amount }) {
      const text = JSON.stringify([{ merchant_uid: id, amount }]);
      return (await send({ ...ask("/setup/orders"), method: "POST", text })).status === 204;
    },
    async read(orderId): Promise<ShownOrder> {
      const { status, text } = await send({ ...ask(`/setup/orders/${orderId}`), method: "GET" });
      if (status !== 200) return { state: "unknown", paidBy: undefined, text };
      const order = JSON.parse(text);
      const state = order.status === undefined ? "unpaid" : (STATES[order.status] ?? "other");
      return { state, paidBy: state === "paid" ? order.imp_uid : undefined, text };
    },
    post: (path, text, headers) => send({ ...ask(path), method: "POST", text, ...(headers && { headers }) }),
    shop: (method, path, body, headers) =>
      send({
        ...ask(path),
        method,
        ...(body === undefined ? {} : { text: JSON.stringify(body) }),
        ...(headers && { headers }),
      }),
    texts: () => server.messages,
    async pass(ms) {
      clock.advance(ms);
    },
    beforeShipping: async () => {},
    async [Symbol.asyncDispose]() {
      await server.close();
      await emulator.close();
    },
  };
}
