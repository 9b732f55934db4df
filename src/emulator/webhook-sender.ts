import { Agent, request } from "undici";
import type { Model } from "./model.ts";
import type { PaymentRecord } from "./payment-record.ts";

export type WebhookFormat = "json" | "form";

/** One try to deliver one webhook. */
export interface Delivery {
  readonly id: number;
  /** The gateway's time when it left (or will leave), in milliseconds. */
  readonly at: number;
  readonly url: string;
  readonly imp_uid: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** 1 for the first try; re-sends count on. */
  readonly attempt: number;
  state: "scheduled" | "under_way" | "answered" | "unanswered";
  /** HTTP status of the answer. */
  status?: number;
  /** Why there was no answer. */
  error?: string;
}

/** How one webhook differs from the true one (lever E3). */
export interface WebhookVariant {
  /** The body as it is: bytes of any kind. */
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent so many times, one after another; 1. */
  readonly copies?: number;
  /** Sent so many copies at a time; 1. */
  readonly parallel?: number;
  /** Sent so much later by the gateway's time; 0. */
  readonly delayMs?: number;
  readonly url?: string;
  readonly format?: WebhookFormat;
  /** Other values of the three fields, or more fields, than the payment has. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The loopback address it comes from: "127.0.0.2". */
  readonly sourceAddress?: string;
}

interface Planned {
  readonly dueAtMs: number;
  readonly run: () => Promise<void>;
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
 * Source: facts sheet 8.2.
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
  #lastId = 0;
  #isClosed = false;

  constructor(model: Model, options: { url?: string | undefined; format?: WebhookFormat | undefined }) {
    this.#model = model;
    this.url = options.url;
    this.format = options.format ?? "json";
  }

  /** The gateway's own webhook for what has just happened to a payment. Nobody waits for it. */
  notify(payment: PaymentRecord, fields: Readonly<Record<string, unknown>> = {}, delayMs = 0): void {
    if (!this.auto) return;
    const told = { status: payment.status, ...fields };
    const work = this.#deliver(payment.imp_uid, { fields: told, delayMs });
    if (delayMs === 0) void this.#track(work);
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
  async runDue(): Promise<void> {
    for (;;) {
      const now = this.#model.clock.nowMs();
      const due = [...this.#planned]
        .filter((one) => one.dueAtMs <= now)
        .sort((a, b) => a.dueAtMs - b.dueAtMs);
      if (due.length === 0) break;
      for (const one of due) {
        this.#planned.delete(one);
        await one.run();
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
    this.#planned.clear();
    this.auto = true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#planned.clear();
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
            await this.#try(this.#compose({ impUid, payment, variant, url }), { variant, attempt: 1 }),
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
    else await new Promise<void>((resolve) => this.#plan(delayMs, () => sendAll().finally(resolve)));
    return out;
  }

  #addresses(payment: PaymentRecord | undefined, variant: WebhookVariant): readonly string[] {
    if (variant.url !== undefined) return [variant.url];
    if (payment && payment.meta.noticeUrls.length > 0) return payment.meta.noticeUrls;
    return this.url === undefined ? [] : [this.url];
  }

  #compose(given: {
    impUid: string;
    payment: PaymentRecord | undefined;
    variant: WebhookVariant;
    url: string;
  }) {
    const { impUid, payment, variant, url } = given;
    const format = variant.format ?? this.format;
    const fields = {
      imp_uid: impUid,
      merchant_uid: payment?.merchant_uid ?? "",
      status: payment?.status ?? "paid",
      ...variant.fields,
    };
    const form = () =>
      new URLSearchParams(
        Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
      ).toString();
    const body = variant.body ?? (format === "json" ? JSON.stringify(fields) : form());
    const contentType =
      variant.contentType ?? (format === "json" ? "application/json" : "application/x-www-form-urlencoded");
    const agent = this.#model.switches.webhookUserAgent;
    const headers = {
      "content-type": contentType,
      ...(agent === "" ? {} : { "user-agent": agent }),
      ...variant.headers,
    };
    return { imp_uid: impUid, url, body, contentType, headers };
  }

  async #try(
    message: Pick<Delivery, "imp_uid" | "url" | "body" | "contentType" | "headers">,
    how: { variant: WebhookVariant; attempt: number },
  ): Promise<Delivery> {
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
      this.#plan(RESEND_GAP_MS, async () => {
        await this.#try(message, { variant, attempt: attempt + 1 });
      });
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
      const from = sourceAddress === "" ? {} : { localAddress: sourceAddress };
      const timeouts = { headersTimeout: READ_TIMEOUT_MS, bodyTimeout: READ_TIMEOUT_MS };
      agent = new Agent({ ...timeouts, connect: { timeout: CONNECT_TIMEOUT_MS, ...from } });
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

  #plan(delayMs: number, run: () => Promise<void>): void {
    this.#planned.add({ dueAtMs: this.#model.clock.nowMs() + delayMs, run });
    this.#arm();
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
