// Every webhook and every browser is lost, and all orders are paid. How many are found, how soon, and for how many calls at
// the gateway. The waiting is done by a virtual clock; the calls are real HTTP on loopback.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { readConfig } from "../../src/config.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openLog } from "../../src/log.ts";
import { type Dojang, startDojang } from "../../src/main.ts";
import { registerOrder } from "../../src/usecases/register-order.ts";
import { type FigureReport, share, upTo } from "./figure.ts";
import { VirtualClock } from "./virtual-clock.ts";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 7, 1);
/** All orders are registered within this; each is paid 20 s to 3 min after that, when the frequent looks thin out. */
const REGISTERED_WITHIN_S = 600;
const PAID_AFTER_S = { min: 20, max: 180 };
const AMOUNT = 50_000;

interface Buyer {
  readonly orderId: string;
  readonly paysAt: number;
  calls: number;
}

class Recovery {
  readonly #clock = new VirtualClock(START);
  readonly #buyers = new Map<string, Buyer>();
  readonly #orderOfPayment = new Map<string, string>();
  readonly #folder = mkdtempSync(join(tmpdir(), "dojang-recovery-"));
  #emulator: Emulator | undefined;
  #dojang: Dojang | undefined;
  #lists = 0;

  async run(count: number): Promise<FigureReport> {
    const emulator = await startEmulator({ now: () => this.#clock.now(), seed: 1 });
    this.#emulator = emulator;
    emulator.webhooks.auto = false;
    const dojang = await this.#start(emulator);
    this.#dojang = dojang;
    const toPay: Buyer[] = [];
    for (let second = 0; second < HOUR_MS / SECOND_MS; second += 1) {
      const upTo = Math.min(count, Math.ceil((count * (second + 1)) / REGISTERED_WITHIN_S));
      const indexes = Array.from({ length: upTo - this.#buyers.size }, (_, n) => this.#buyers.size + n);
      toPay.push(...(await Promise.all(indexes.map((index) => this.#register(dojang, index)))));
      for (const buyer of toPay.splice(0)) {
        if (buyer.paysAt > this.#clock.now()) toPay.push(buyer);
        else this.#pay(emulator, buyer);
      }
      await this.#quiet(dojang);
      this.#countCalls(emulator);
      if (second % 300 === 0) process.stderr.write(`bench: minute ${second / 60} of 60\n`);
      this.#clock.moveTo(START + (second + 1) * SECOND_MS);
    }
    return this.#report(dojang);
  }

  async close(): Promise<void> {
    await this.#dojang?.close();
    await this.#emulator?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start({ url, impKey, impSecret }: Emulator): Promise<Dojang> {
    const config = readConfig({
      PORT: "0",
      DATABASE_URL: `sqlite:${join(this.#folder, "dojang.db")}`,
      IMP_API_URL: url,
      IMP_KEY: impKey,
      IMP_SECRET: impSecret,
      // The calls that are counted are looks; with it, an order costs one more.
      DOJANG_PREPARE: "off",
      DOJANG_DATA_KEY: Buffer.alloc(32, 7).toString("base64"),
    });
    const onFatal = (error: Error) => {
      throw error;
    };
    const gateway = { baseUrl: url, impKey, impSecret };
    return startDojang(config, { gateway, log: openLog("silent"), onFatal, clock: this.#clock });
  }

  async #register({ deps }: Dojang, index: number): Promise<Buyer> {
    const amount = { amountMinor: AMOUNT, currency: "KRW" } as const;
    const orderId = deps.orderIds.mint();
    const outcome = await registerOrder(deps, { orderId, name: "감귤 5kg", amount });
    if (outcome.kind !== "registered") throw new Error(`Cannot register an order: ${outcome.kind}`);
    const { min, max } = PAID_AFTER_S;
    // Spread evenly and the same in every run: 89 is prime to the span.
    const paysAfterS = min + ((index * 89) % (max - min + 1));
    const registeredAt = this.#clock.now();
    const buyer = { orderId, paysAt: registeredAt + paysAfterS * SECOND_MS, calls: 0 };
    this.#buyers.set(orderId, buyer);
    return buyer;
  }

  #pay(emulator: Emulator, { orderId }: Buyer): void {
    const { imp_uid } = emulator.pay({ merchant_uid: orderId, amount: AMOUNT, sandbox: true });
    this.#orderOfPayment.set(imp_uid, orderId);
  }

  /** Nothing is due and nothing is under way: only then does the time move. */
  async #quiet({ deps }: Dojang): Promise<void> {
    for (let calm = 0; calm < 3; ) {
      this.#clock.moveTo(this.#clock.now());
      await setImmediate();
      const dueAt = await deps.store.nextTaskDueAt();
      const isCalm = (dueAt ?? Number.POSITIVE_INFINITY) > this.#clock.now();
      calm = isCalm && deps.gateway.health().inFlight === 0 ? calm + 1 : 0;
    }
  }

  #countCalls({ requests }: Emulator): void {
    for (const { path } of requests) {
      const [, isAttempts, id = ""] = /^\/payments\/(findAll\/)?([^/?]+)/.exec(path) ?? [];
      const buyer = this.#buyers.get(isAttempts ? id : (this.#orderOfPayment.get(id) ?? ""));
      if (buyer === undefined) this.#lists += 1;
      else buyer.calls += 1;
    }
    requests.clear();
  }

  async #report({ deps }: Dojang): Promise<FigureReport> {
    const delays: number[] = [];
    for (const { orderId, paysAt } of this.#buyers.values()) {
      const view = await deps.store.readOrder(orderId);
      const applied = view?.payments.find(({ verdict }) => verdict === "applied");
      if (applied?.appliedAt !== undefined) delays.push((applied.appliedAt - paysAt) / SECOND_MS);
    }
    delays.sort((one, other) => one - other);
    const at = (part: number) => delays[Math.min(delays.length - 1, Math.floor(part * delays.length))] ?? 0;
    const calls = [...this.#buyers.values()].map((buyer) => buyer.calls);
    const mean = (calls.reduce((sum, one) => sum + one, 0) + this.#lists) / calls.length;
    return {
      title: `${this.#buyers.size} orders paid, all webhooks and browsers lost (virtual clock, gateway without delay)`,
      figures: [
        share("found", delays.length / this.#buyers.size, 1),
        upTo("from payment to paid, median", at(0.5), { aim: 30, unit: "s" }),
        upTo("from payment to paid, p99.9", at(0.999), { aim: 120, unit: "s" }),
        upTo("gateway calls for one order in the first hour, most", Math.max(...calls), {
          aim: 12,
          unit: "",
        }),
      ],
      notes: [`${mean.toFixed(2)} calls for an order on average, with its share of ${this.#lists} lists`],
    };
  }
}

export async function measureLostPayments({ orders }: { readonly orders: number }): Promise<FigureReport> {
  const recovery = new Recovery();
  try {
    return await recovery.run(orders);
  } finally {
    await recovery.close();
  }
}
