import { setTimeout } from "node:timers/promises";
import type { Emulator } from "../../src/emulator/emulator.ts";
import type { NewPayment } from "../../src/emulator/payment-record.ts";
import type { RunningServer } from "../process/server-process.ts";
import type { Draw } from "../support/draw.ts";
import type { Told } from "./told.ts";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Ids {
  readonly imp_uid: string;
  readonly merchant_uid: string;
}

export interface Order {
  readonly id: string;
  readonly amount: number;
}

/** Those that answer now: each as the process that stands there at the moment. */
export interface Counters {
  readonly servers: readonly { readonly process: Pick<RunningServer, "post" | "read"> }[];
}

export interface DeskParts {
  readonly emulator: Emulator;
  readonly draw: Draw;
  readonly fleet: Counters;
  readonly told: Told;
  /** Fields of every payment. Default: paid through a test channel. */
  readonly payment?: NewPayment;
}

/** With the pause, as long as several processes take to start on a busy machine. */
const TRIES_MAX = 3_000;
const TRY_AGAIN_MS = 100;

/** Where buyers, shops and the gateway's webhooks meet the fleet: each request goes to any server, and what is answered is noted. */
export class Desk {
  readonly emulator: Emulator;
  readonly draw: Draw;
  readonly #fleet: Counters;
  readonly #told: Told;
  readonly #payment: NewPayment;
  #keys = 0;

  constructor({ emulator, draw, fleet, told, payment = { sandbox: true } }: DeskParts) {
    this.emulator = emulator;
    this.draw = draw;
    this.#fleet = fleet;
    this.#told = told;
    this.#payment = payment;
  }

  /** By a key, so that who got no answer may ask anybody again. */
  async register(): Promise<Order> {
    const amount = this.draw.int(1, 90) * 1000;
    const key = `cart-${++this.#keys}`;
    const { body } = await this.#insist("/v1/orders", { name: "감귤", amount }, { "idempotency-key": key });
    const id = String(body["merchant_uid"]);
    this.#told.registered.set(id, amount);
    return { id, amount };
  }

  pay({ id, amount }: Order, fields: NewPayment = {}): Ids {
    const payment = this.emulator.pay({ merchant_uid: id, amount, ...this.#payment, ...fields });
    return { imp_uid: payment.imp_uid, merchant_uid: id };
  }

  async complete(ids: Ids): Promise<string> {
    const answer = await this.#ask("/payments/complete", ids);
    if (!isAnswered(answer)) this.#told.unheard.add(ids.merchant_uid);
    const word = String(answer?.body["status"]);
    if (word === "success") this.#told.pays(ids.merchant_uid, ids.imp_uid);
    return word;
  }

  /** At servers of their own, at the same time. */
  async completeAtOnce(ids: Ids, count = 2): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.complete(ids)));
  }

  async webhook(ids: Ids, status = "paid"): Promise<void> {
    const counts = this.#told.hint(ids.imp_uid);
    counts.sent += 1;
    const answer = await this.#ask("/webhooks/iamport", { ...ids, status });
    if (answer?.status === 200) counts.answered += 1;
    if (!isAnswered(answer)) this.#told.unheard.add(ids.merchant_uid);
  }

  /** As i'mport may: the same one twice. */
  async webhookTwice(ids: Ids, status?: string): Promise<void> {
    await Promise.all([this.webhook(ids, status), this.webhook(ids, status)]);
  }

  /** One wish, clicked twice, and again until somebody answers. */
  async refundTwice(orderId: string, amount: number): Promise<void> {
    const key = `refund-${++this.#keys}`;
    this.#told.wish(orderId);
    const click = () => this.#click(key, { orderId, amount });
    const answered = await Promise.all([click(), click()]);
    for (let tries = 0; !answered.includes(true) && tries < TRIES_MAX; tries += 1) {
      await setTimeout(TRY_AGAIN_MS);
      answered.push(await click());
    }
  }

  /** The same wish once more, long after it was answered. */
  async refundAgain(key: string): Promise<void> {
    const refund = this.#told.refunds.get(key);
    if (refund !== undefined) await this.#click(key, refund);
  }

  async #click(key: string, { orderId, amount }: { orderId: string; amount: number }): Promise<boolean> {
    const path = `/v1/orders/${orderId}/refunds`;
    const answer = await this.#ask(path, { amount, reason: "sent back" }, { "idempotency-key": key });
    if (answer?.status === 202) this.#told.refund(key, { id: String(answer.body["id"]), orderId, amount });
    else if (isAnswered(answer) && this.#told.refunds.has(key))
      this.#told.contradictions.push(`${key} was accepted, and asked for again it is ${answer?.status}`);
    return isAnswered(answer);
  }

  /** Before anybody paid, as far as the shop knows. */
  async cancel(orderId: string): Promise<void> {
    const answer = await this.#ask(`/v1/orders/${orderId}/cancel`, {});
    if (answer?.status === 200) this.#told.cancelled.add(orderId);
  }

  /** What was told before must be what is read now. */
  async read(orderId: string): Promise<void> {
    const wasPaid = this.#told.paid.has(orderId);
    const wasCancelled = this.#told.cancelled.has(orderId);
    const { process } = this.draw.pick(this.#fleet.servers);
    const order = await process.read(orderId).catch(() => undefined);
    this.#told.requests += 1;
    const status: unknown = order?.status;
    if (typeof status !== "string") this.#told.unanswered += 1;
    else this.#told.reads(orderId, { status, wasPaid, wasCancelled });
  }

  say(orderId: string): void {
    this.#told.silent.push(orderId);
  }

  /** Has the task of an order run now that would run by itself in a while. */
  async look(orderId: string): Promise<void> {
    await this.#insist(`/v1/tasks/look:${orderId}/retry`, {});
  }

  /** As the order's own looks would in a while, which nobody waits for here. */
  async verify(orderId: string): Promise<void> {
    await this.#insist(`/v1/orders/${orderId}/verify`, {});
  }

  async #ask(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer | undefined> {
    const { process } = this.draw.pick(this.#fleet.servers);
    const answer = await process.post(path, body, headers).catch(() => undefined);
    this.#told.requests += 1;
    if (!isAnswered(answer)) this.#told.unanswered += 1;
    if (answer !== undefined && answer.status >= 500 && answer.status !== 503)
      this.#told.contradictions.push(`${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer;
  }

  async #insist(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> {
    let last: Answer | undefined;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      last = await this.#ask(path, body, headers);
      if (last !== undefined && last.status < 300) return last;
      if (last !== undefined && last.status < 500) break;
      await setTimeout(TRY_AGAIN_MS);
    }
    throw new Error(`${path} is not answered: ${JSON.stringify(last)}`);
  }
}

function isAnswered(answer: Answer | undefined): boolean {
  return answer !== undefined && answer.status < 500;
}
