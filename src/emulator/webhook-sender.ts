import { Agent, request } from "undici";
import type { Model } from "./model.ts";
import type { PaymentRecord } from "./payment-record.ts";
import {
  composeWebhook,
  type WebhookFormat,
  type WebhookMessage,
  type WebhookVariant,
} from "./webhook-message.ts";

/** One try to deliver one webhook. */
export interface Delivery extends WebhookMessage {
  readonly id: number;
  /** The gateway's time when it left (or will leave), in milliseconds. */
  readonly at: number;
  /** 1 for the first try; re-sends count on. */
  readonly attempt: number;
  state: "scheduled" | "under_way" | "answered" | "unanswered";
  /** HTTP status of the answer. */
  status?: number;
  /** Why there was no answer. */
  error?: string;
}

interface Planned {
  readonly dueAtMs: number;
  readonly run: () => Promise<void>;
  /** Called instead when it will never be sent. */
  readonly drop: () => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const READ_TIMEOUT_MS = 30_000;
const RESEND_TIMEOUT_MS = 15_000;
const RESEND_GAP_MS = 60_000;
const RESENDS_MAX = 5;
const KEPT_MAX = 5_000;

/**
 * Sends webhooks: three fields, no signature; once, or with 5 re-sends a minute apart where the switch
 * `webhookRetry` says so. Waiting follows the gateway's time, so that `emulator.advance` can hurry it.
 *
 * Source: docs/iamport-v1.md 8.2.
 */
export class WebhookSender {
  /** The account's setting; a payment's own notice_url replaces it. Undefined = none. */
  url: string | undefined;
  format: WebhookFormat;
  /** Whether events send webhooks by themselves; `send` works either way. */
  auto = true;
  /** Every try, oldest first. */
  sent: Delivery[] = [];
  readonly #model: Model;
  readonly #agents = new Map<string, Agent>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #planned = new Set<Planned>();
  #timer: NodeJS.Timeout | undefined;
  #dueRun: Promise<void> = Promise.resolve();
  #lastId = 0;
  #isClosed = false;

  constructor(model: Model, options: { url?: string | undefined; format?: WebhookFormat | undefined }) {
    this.#model = model;
    this.url = options.url;
    this.format = options.format ?? "json";
  }

  /** The gateway's own webhook for what has just happened to a payment. Nobody waits for it. */
  notify(payment: PaymentRecord, how: Pick<WebhookVariant, "fields" | "delayMs"> = {}): void {
    if (!this.auto) return;
    const fields = { status: payment.status, ...how.fields };
    const work = this.#deliver(payment.imp_uid, { ...how, fields });
    if (!how.delayMs) void this.#track(work);
  }

  /** As `notify`, but ends when the first tries have been answered, or have failed. */
  async notifyAndWait(payment: PaymentRecord): Promise<void> {
    if (this.auto) await this.#deliver(payment.imp_uid, {});
  }

  /**
   * Sends a webhook by hand: again, forged, many times, later, elsewhere. The payment need not exist.
   *
   * @returns the tries, one per address and copy; empty when there is no address to send to
   */
  async send(impUid: string, variant: WebhookVariant = {}): Promise<Delivery[]> {
    return this.#deliver(impUid, variant);
  }

  /** Sends what is due by the gateway's time, and what becomes due by that. */
  runDue(): Promise<void> {
    this.#dueRun = this.#dueRun.then(() => this.#sendDue()); // one at a time: the timer and advance() may meet
    return this.#dueRun;
  }

  async #sendDue(): Promise<void> {
    for (;;) {
      const now = this.#model.clock.nowMs();
      const due = [...this.#planned]
        .filter((one) => one.dueAtMs <= now)
        .sort((a, b) => a.dueAtMs - b.dueAtMs);
      if (due.length === 0) break;
      for (const one of due) {
        if (this.#planned.delete(one)) await one.run();
      }
    }
    this.#arm();
  }

  /** Ends when nothing is on its way any more; what waits for its time is left waiting. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  reset(): void {
    this.sent = [];
    this.#dropPlanned();
    this.auto = true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#dropPlanned();
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
    await this.idle();
  }

  async #deliver(impUid: string, variant: WebhookVariant): Promise<Delivery[]> {
    const payment = this.#model.payment(impUid);
    const out: Delivery[] = [];
    const jobs: Array<() => Promise<void>> = [];
    for (const url of this.#addresses(payment, variant)) {
      for (let copy = 0; copy < (variant.copies ?? 1); copy++) {
        jobs.push(async () => {
          out.push(
            await this.#try(this.#message({ impUid, payment, variant, url }), { variant, attempt: 1 }),
          );
        });
      }
    }
    if (jobs.length > 0 && payment) payment.meta.webhookUsed = true;
    const sendAll = async () => {
      const width = variant.parallel ?? 1;
      for (let i = 0; i < jobs.length; i += width)
        await Promise.all(jobs.slice(i, i + width).map((job) => job()));
    };
    const delayMs = variant.delayMs ?? 0;
    if (delayMs === 0) await sendAll();
    else
      await new Promise<void>((resolve) =>
        this.#plan({ delayMs, run: () => sendAll().finally(resolve), drop: resolve }),
      );
    return out;
  }

  #addresses(payment: PaymentRecord | undefined, variant: WebhookVariant): readonly string[] {
    if (variant.url !== undefined) return [variant.url];
    if (payment && payment.meta.noticeUrls.length > 0) return payment.meta.noticeUrls;
    return this.url === undefined ? [] : [this.url];
  }

  #message(given: {
    impUid: string;
    payment: PaymentRecord | undefined;
    variant: WebhookVariant;
    url: string;
  }) {
    const userAgent = this.#model.switches.webhookUserAgent;
    return composeWebhook({ ...given, format: given.variant.format ?? this.format, userAgent });
  }

  async #try(message: WebhookMessage, how: { variant: WebhookVariant; attempt: number }): Promise<Delivery> {
    const { attempt, variant } = how;
    const delivery: Delivery = {
      id: ++this.#lastId,
      at: this.#model.clock.nowMs(),
      ...message,
      attempt,
      state: "under_way",
    };
    this.sent.push(delivery);
    if (this.sent.length > 2 * KEPT_MAX) this.sent = this.sent.slice(-KEPT_MAX);
    await this.#track(this.#post(delivery, variant));
    const isLost = delivery.state === "unanswered" || (delivery.status ?? 0) >= 500;
    if (isLost && this.#model.switches.webhookRetry && attempt <= RESENDS_MAX && !this.#isClosed) {
      const run = async () => {
        await this.#try(message, { variant, attempt: attempt + 1 });
      };
      this.#plan({ delayMs: RESEND_GAP_MS, run });
    }
    return delivery;
  }

  async #post(delivery: Delivery, variant: WebhookVariant): Promise<void> {
    try {
      const answer = await request(delivery.url, {
        method: "POST",
        headers: delivery.headers,
        body: delivery.body,
        dispatcher: this.#agent(variant.sourceAddress),
        ...(delivery.attempt > 1 ? { signal: AbortSignal.timeout(RESEND_TIMEOUT_MS) } : {}),
      });
      delivery.status = answer.statusCode;
      await answer.body.dump();
      delivery.state = "answered";
    } catch (error) {
      delivery.error = error instanceof Error ? error.message : String(error);
      delivery.state = "unanswered";
    }
  }

  #agent(sourceAddress = ""): Agent {
    let agent = this.#agents.get(sourceAddress);
    if (!agent) {
      const timeouts = { headersTimeout: READ_TIMEOUT_MS, bodyTimeout: READ_TIMEOUT_MS };
      agent = new Agent({
        ...timeouts,
        ...(sourceAddress === "" ? {} : { localAddress: sourceAddress }),
        connect: { timeout: CONNECT_TIMEOUT_MS },
      });
      this.#agents.set(sourceAddress, agent);
    }
    return agent;
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const forget = () => this.#underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  #plan(plan: { delayMs: number; run: () => Promise<void>; drop?: () => void }): void {
    const { delayMs, run, drop = () => {} } = plan;
    this.#planned.add({ dueAtMs: this.#model.clock.nowMs() + delayMs, run, drop });
    this.#arm();
  }

  #dropPlanned(): void {
    for (const { drop } of this.#planned) drop();
    this.#planned.clear();
  }

  /** One real timer for the next planned webhook; it keeps no process alive. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#planned.size === 0 || this.#isClosed) return;
    const next = Math.min(...[...this.#planned].map((one) => one.dueAtMs));
    const waitMs = Math.min(Math.max(next - this.#model.clock.nowMs(), 1), 60_000);
    this.#timer = setTimeout(() => void this.#track(this.runDue()), waitMs);
    this.#timer.unref();
  }
}
