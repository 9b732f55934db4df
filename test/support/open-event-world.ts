import { createHmac } from "node:crypto";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openReceiver, type Received, type Receiver } from "../emulator/open-receiver.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "./dojang.ts";
import { until } from "./until.ts";

export const EVENT_KEYS = [Buffer.alloc(32, 1), Buffer.alloc(24, 2)] as const;

/** An event as the shop's endpoint got it. */
export interface Told {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read events freely
  readonly event: any;
  readonly received: Received;
}

/** A gateway, a server that tells a shop's endpoint of events, and that endpoint. Time stands still until the test moves it. */
export interface EventWorld extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly emulator: Emulator;
  readonly dojang: TestDojang;
  readonly shop: Receiver;
  told(): readonly Told[];
  /** Waits until no task can run now. */
  quiet(): Promise<void>;
  /** Moves time on in steps, waiting after each until all that came due is done. */
  pass(...steps: readonly number[]): Promise<void>;
  order(fields?: Record<string, unknown>): Promise<string>;
  pay(order: string, fields?: Record<string, unknown>): string;
  /** An order, its payment, and the buyer's page that tells of it. */
  paidOrder(): Promise<{ order: string; impUid: string }>;
}

export async function openEventWorld(env: Record<string, string> = {}): Promise<EventWorld> {
  const clock = new ManualClock();
  const emulator = await startEmulator({ seed: 4711, now: () => clock.now() });
  emulator.webhooks.auto = false;
  const shop = await openReceiver();
  const secrets = EVENT_KEYS.map((key) => `whsec_${key.toString("base64")}`);
  const settings = { DOJANG_EVENTS_URL: shop.url, DOJANG_EVENTS_SECRET: secrets.join(" "), ...env };
  const dojang = await startTestDojang({ emulator, clock, env: settings });
  const { store } = dojang.dojang.deps;
  const world: EventWorld = {
    clock,
    emulator,
    dojang,
    shop,
    told: () => shop.received.map(asTold),
    quiet: async () => {
      await until("no task can run", async () => {
        // A timer that was set for a moment that has just passed runs when the clock is touched.
        clock.advance(0);
        const tasks = await store.readTasks({ limit: 1000 });
        return tasks.every(
          ({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > clock.now()),
        );
      });
    },
    async pass(...steps) {
      // What is under way would meet its deadline.
      await world.quiet();
      for (const step of steps) {
        clock.advance(step);
        await world.quiet();
      }
    },
    order: async (fields) => (await dojang.order(fields)).body.merchant_uid,
    pay: (order, fields = {}) =>
      emulator.pay({ merchant_uid: order, amount: 50_000, sandbox: true, ...fields }).imp_uid,
    async paidOrder() {
      const order = await world.order();
      const impUid = world.pay(order);
      await dojang.complete({ imp_uid: impUid, merchant_uid: order });
      return { order, impUid };
    },
    async [Symbol.asyncDispose]() {
      await dojang[Symbol.asyncDispose]();
      await shop[Symbol.asyncDispose]();
      await emulator.close();
    },
  };
  return world;
}

function asTold(received: Received): Told {
  return { id: String(received.headers["webhook-id"]), event: JSON.parse(received.body), received };
}

/** Whether the request carries a signature under this key. Written from the specification, not from our signer. */
export function isSignedBy(key: Uint8Array, { headers, body }: Received): boolean {
  const signed = [headers["webhook-id"], headers["webhook-timestamp"], body].join(".");
  const expected = `v1,${createHmac("sha256", key).update(signed, "utf8").digest().toString("base64")}`;
  return String(headers["webhook-signature"]).split(" ").includes(expected);
}
