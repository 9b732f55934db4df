import { startEmulator } from "../../../src/emulator/emulator.ts";
import { ManualClock } from "../../gateway/manual-clock.ts";
import { startTestDojang, TEST_API_KEY } from "../../support/dojang.ts";
import { LIVE_ENV, LIVE_MERCHANT } from "../../support/forgery.ts";
import { accepted, json, openSolapiDouble } from "../../support/solapi-double.ts";
import { until } from "../../support/until.ts";
import { send } from "./send.ts";
import type { OrderState, ShownOrder, Target } from "./target.ts";

const STATES: Readonly<Record<string, OrderState>> = {
  pending: "unpaid",
  awaiting_deposit: "account",
  paid: "paid",
  partially_refunded: "given back",
  refunded: "given back",
};

/** A live Dojang as it is shipped, but for its rate limits: all attacks come from one address. */
export async function openDojang(): Promise<Target> {
  const clock = new ManualClock();
  const emulator = await startEmulator({ seed: 4711, now: () => clock.now() });
  emulator.model.addMerchant(LIVE_MERCHANT);
  const provider = await openSolapiDouble(json(200, accepted()));
  const env = {
    ...LIVE_ENV,
    DOJANG_PREPARE: "best_effort",
    DOJANG_NOTICES: "issued",
    DOJANG_SMS: "solapi",
    SOLAPI_API_KEY: "NCSKEYSENTINEL42",
    SOLAPI_API_SECRET: "SECRETSENTINEL42",
    SOLAPI_FROM: "02-1234-5678",
    SOLAPI_API_URL: provider.url,
  };
  const {
    dojang,
    url,
    request,
    read,
    [Symbol.asyncDispose]: end,
  } = await startTestDojang({ emulator, clock, env });
  emulator.webhooks.auto = false;
  const { store } = dojang.deps;
  const quiet = () =>
    until("no task can run", async () => {
      clock.advance(0);
      const tasks = await store.readTasks({ limit: 10_000 });
      return tasks.every(
        ({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > clock.now()),
      );
    });
  const ask = (path: string) => ({ url: `${url}${path}`, aliveUrl: `${url}/healthz` });
  return {
    name: "Dojang",
    emulator,
    clock,
    parts: ["webhook", "confirm", "refund", "idempotency"],
    async register({ id, amount, payMethods }) {
      const allowed = payMethods === undefined ? {} : { allowed: { pay_methods: payMethods } };
      const customer = { tel: "010-1234-5678" };
      const body = { merchant_uid: id, name: "감귤 5kg", amount, customer, ...allowed };
      const answer = await request("POST", "/v1/orders", { body });
      await quiet();
      return answer.status === 201;
    },
    async read(orderId): Promise<ShownOrder> {
      const { status, body, text } = await read(orderId);
      if (status !== 200) return { state: "unknown", paidBy: undefined, text };
      return { state: STATES[body.status] ?? "other", paidBy: body.imp_uid ?? undefined, text };
    },
    async post(path, text, headers) {
      const reply = await send({ ...ask(path), method: "POST", text, ...(headers && { headers }) });
      await quiet();
      return reply;
    },
    async shop(method, path, body, headers = {}) {
      const reply = await send({
        ...ask(path),
        method,
        ...(body === undefined ? {} : { text: JSON.stringify(body) }),
        headers: { authorization: `Bearer ${TEST_API_KEY}`, ...headers },
      });
      await quiet();
      return reply;
    },
    texts: () => provider.received.map(({ body }) => body),
    async pass(ms) {
      await quiet();
      // In steps, since what falls due in one makes more fall due.
      for (let step = 0; step < STEPS; step++) {
        clock.advance(ms / STEPS);
        await quiet();
      }
    },
    async beforeShipping(orderId) {
      await request("POST", `/v1/orders/${orderId}/verify`);
      await quiet();
    },
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]();
      await end();
      await emulator.close();
    },
  };
}

const STEPS = 4;
