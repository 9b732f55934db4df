import assert from "node:assert/strict";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { Merchant } from "../../src/emulator/merchant.ts";
import type { NewPayment, PaymentRecord } from "../../src/emulator/payment-record.ts";
import type { ManualClock } from "../gateway/manual-clock.ts";
import type { Answer, TestDojang } from "./dojang.ts";
import { startTestDojang } from "./dojang.ts";
import {
  assertFrozen,
  assertRows,
  assertUnchanged,
  type ExpectedRows,
  readStored,
  type Stored,
} from "./forgery-rows.ts";
import { assertOneAnswer, assertOnlyAllowedLines, type Word } from "./forgery-wire.ts";
import { until } from "./until.ts";

/** The price of every order here, unless a test says otherwise. */
export const PRICE = 50_000;

/** The account behind the live server: the development merchant's keys are refused there. */
export const LIVE_MERCHANT: Merchant = {
  impKey: "4711081547110815",
  impSecret: "a-live-secret-of-a-test-that-nothing-else-accepts",
  userCode: "imp00004711",
  tiers: ["AAA"],
  channels: [
    channel({ pgProvider: "html5_inicis", pgId: "MOIlive0001", sandbox: false }),
    channel({ pgProvider: "html5_inicis", pgId: "INIpayTest", sandbox: true }),
    channel({ pgProvider: "kakaopay", pgId: "CA0LIVE001", sandbox: false }),
    channel({ pgProvider: "kakaopay", pgId: "TC0ONETIME", sandbox: true }),
  ],
};

/** Settings of a live server before the emulator. */
export const LIVE_ENV = {
  DOJANG_MODE: "live",
  DOJANG_ALLOW_ONE_PORT: "1",
  DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
  IMP_KEY: LIVE_MERCHANT.impKey,
  IMP_SECRET: LIVE_MERCHANT.impSecret,
};

function channel(of: Pick<Merchant["channels"][number], "pgProvider" | "pgId" | "sandbox">) {
  const name = `${of.pgProvider} ${of.pgId}`;
  const payMethods = ["card", "vbank", "kakaopay", "point"];
  return {
    ...of,
    name,
    channelKey: `channel-key-${of.pgProvider}-${of.pgId}`,
    payMethods,
    currencies: ["KRW"],
  };
}

export interface WorldOptions {
  readonly mode?: "sandbox" | "live";
  /** Settings of the server, beside those of the mode. */
  readonly env?: Record<string, string>;
  /** Fields of every honest payment in this world: the channel or tier that its settings ask for. */
  readonly payment?: NewPayment;
  /** The time of gateway and server, which then stands still until the test moves it; the machine's when left out. */
  readonly clock?: ManualClock;
  /** Whether the gateway's lists are swept; no by default. */
  readonly sweeps?: boolean;
  /** Puts something between the server and the gateway, and tells where the server finds it. */
  readonly between?: (emulator: Emulator) => Promise<string>;
}

/** A gateway and a real server before it, shared by the tests of one file; each test takes a scene of its own. */
export interface World extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly dojang: TestDojang;
  readonly isLive: boolean;
  readonly payment: NewPayment;
  readonly clock: ManualClock | undefined;
  /** Clears the gateway's levers and log. Orders of earlier scenes stay, and are bystanders now. */
  scene(): Promise<Scene>;
  close(): Promise<void>;
}

/** One test's part of the world. */
export interface Scene {
  readonly world: World;
  readonly emulator: Emulator;
  readonly dojang: TestDojang;
  /** Registers an order of 50,000 won and returns its merchant_uid. */
  order(fields?: Record<string, unknown>): Promise<string>;
  /** Puts a payment for this order into the gateway's books: honest, in this server's mode, unless a field says otherwise. */
  pay(merchantUid: string, fields?: NewPayment): PaymentRecord;
  complete(payment: string | PaymentRecord, merchantUid: string): Promise<Answer>;
  /** Completes, checks the whole answer against the documented one for `word`, and returns it. */
  expectAnswer(word: Word, ids: { payment: string | PaymentRecord; order: string }): Promise<Answer>;
  /** The request line of one look at a payment. */
  lookLine(payment: string | PaymentRecord): string;
  stored(merchantUid: string): Promise<Stored>;
  /** Compares the stored rows; also that what registration fixed still stands, and that "paid" means one applied payment. */
  expectStored(merchantUid: string, expected: ExpectedRows): Promise<Stored>;
  /** Whether an alarm was raised for this payment. */
  hasAlarm(payment: string | PaymentRecord): boolean;
  /** Shows that an honest payment of this order still pays it, whatever was tried before. Its look is one line more. */
  expectHonestPaymentPays(merchantUid: string, fields?: NewPayment): Promise<PaymentRecord>;
  /** Has the gateway send its webhook, true or with other fields, and waits until what it set off has ended. */
  webhook(payment: string | PaymentRecord, fields?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Waits until no task is due or under way. */
  quiet(): Promise<void>;
  /** The request lines of this scene so far, all of allowed form; scheduled looks at orders of earlier scenes left out. */
  seenLines(): readonly string[];
  /** The bystanders are as they were, and the server is well. */
  expectBystandersUnchanged(): Promise<void>;
  /** The end of every test: exactly these request lines in any order, all of allowed form; bystanders as they were. */
  expectNothingElse(lines: readonly string[]): Promise<void>;
}

/** Starts the emulator and the server, with one open and one paid order that no test touches. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { mode = "sandbox", env = {}, payment = {}, clock, between, sweeps = false } = options;
  const isLive = mode === "live";
  const time = clock === undefined ? {} : { clock };
  const emulator = await startEmulator({ seed: 4711, ...(clock && { now: () => clock.now() }) });
  emulator.model.addMerchant(LIVE_MERCHANT);
  const address = between === undefined ? {} : { IMP_API_URL: await between(emulator) };
  const settings = { ...(isLive ? LIVE_ENV : {}), ...address, ...env };
  const dojang = await startTestDojang({ emulator, env: settings, sweeps, ...time });
  const past = new Set<string>();
  const close = async () => {
    await dojang[Symbol.asyncDispose]();
    await emulator.close();
  };
  const world: World = {
    emulator,
    dojang,
    isLive,
    payment,
    clock,
    async scene() {
      emulator.overrides.clear();
      emulator.webhooks.auto = true;
      emulator.delayMs = 0;
      emulator.requests.clear();
      return openScene({ world, past, bystanders });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  const bystanders = new Map<string, Stored>();
  await addBystanders(openScene({ world, past, bystanders }), bystanders).catch(async (error: unknown) => {
    await close(); // else the file would hang instead of fail
    throw error;
  });
  return world;
}

/** The paid one also brings the token and, in live, the channel table: later tests see neither call. */
async function addBystanders(scene: Scene, bystanders: Map<string, Stored>): Promise<void> {
  const paid = await scene.order({ name: "bystander, paid" });
  await scene.expectHonestPaymentPays(paid);
  const open = await scene.order({ name: "bystander, open" });
  for (const id of [paid, open]) bystanders.set(id, await scene.stored(id));
}

interface SceneParts {
  readonly world: World;
  /** Orders of earlier scenes: their scheduled looks may fall into any later one, and are not its lines. */
  readonly past: Set<string>;
  readonly bystanders: ReadonlyMap<string, Stored>;
}

function openScene({ world, past, bystanders }: SceneParts): Scene {
  const { emulator, dojang, isLive } = world;
  const earlier = new Set(past);
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  const registered = new Map<string, any>();
  const query = isLive ? "" : "?include_sandbox=true";
  const scene: Scene = {
    world,
    emulator,
    dojang,
    async order(fields = {}) {
      const { body } = await dojang.order({ amount: PRICE, ...fields });
      registered.set(body.merchant_uid, body);
      past.add(body.merchant_uid);
      return body.merchant_uid;
    },
    pay: (merchantUid, fields = {}) =>
      emulator.pay({
        merchant_uid: merchantUid,
        amount: PRICE,
        sandbox: !isLive,
        ...(isLive ? { userCode: LIVE_MERCHANT.userCode } : {}),
        ...world.payment,
        ...fields,
      }),
    complete: (payment, merchantUid) =>
      dojang.complete({ imp_uid: idOf(payment), merchant_uid: merchantUid }),
    async expectAnswer(word, { payment, order }) {
      const answer = await scene.complete(payment, order);
      assertOneAnswer(answer, { word, merchantUid: order });
      return answer;
    },
    lookLine: (payment) => `GET /payments/${idOf(payment)}${query}`,
    stored: (merchantUid) => readStored(dojang, merchantUid),
    async expectStored(merchantUid, expected) {
      const stored = await readStored(dojang, merchantUid);
      assertRows(stored, expected);
      assertFrozen(stored.order, registered.get(merchantUid));
      return stored;
    },
    hasAlarm: (payment) =>
      dojang.logLines.some((line) => {
        const { alarm, imp_uid } = JSON.parse(line);
        return alarm === true && imp_uid === idOf(payment);
      }),
    async expectHonestPaymentPays(merchantUid, fields = {}) {
      const { amount, currency } = (await dojang.read(merchantUid)).body;
      const payment = scene.pay(merchantUid, { amount, currency, ...fields });
      await scene.expectAnswer("success", { payment, order: merchantUid });
      const { order } = await scene.stored(merchantUid);
      assert.equal(order.status, "paid");
      assert.equal(order.imp_uid, payment.imp_uid);
      return payment;
    },
    quiet: () => untilQuiet(world),
    async webhook(payment, fields = {}) {
      const sent = await emulator.webhooks.send(idOf(payment), { fields });
      assert.deepEqual(
        sent.map(({ status }) => status),
        [200],
      );
      await untilQuiet(world);
    },
    seenLines() {
      const lines = emulator.requests.lines().filter((line) => !isOfEarlier(line, { earlier, emulator }));
      assertOnlyAllowedLines(lines, { isLive });
      return lines;
    },
    async expectBystandersUnchanged() {
      for (const [id, before] of bystanders) assertUnchanged(before, await readStored(dojang, id));
      assert.deepEqual(dojang.fatal, []);
    },
    async expectNothingElse(lines) {
      await untilQuiet(world);
      assert.deepEqual(scene.seenLines().toSorted(), [...lines].sort(), "exactly the expected request lines");
      await scene.expectBystandersUnchanged();
    },
  };
  return scene;
}

function idOf(payment: string | PaymentRecord): string {
  return typeof payment === "string" ? payment : payment.imp_uid;
}

function isOfEarlier(line: string, at: { earlier: ReadonlySet<string>; emulator: Emulator }): boolean {
  const id = /^GET \/payments\/(?:findAll\/)?([^/?]+)/.exec(line)?.[1] ?? "";
  return at.earlier.has(id) || at.earlier.has(at.emulator.model.payment(id)?.merchant_uid ?? "");
}

async function untilQuiet({ dojang, clock: standing }: World): Promise<void> {
  const { store, clock } = dojang.dojang.deps;
  await until("no task is due", async () => {
    // A timer that was set for a moment that has just passed runs when the clock is touched.
    standing?.advance(0);
    const tasks = await store.readTasks({ limit: 1000 });
    return tasks.every(({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > clock.now()));
  });
}
