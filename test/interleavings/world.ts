import { Model } from "../../src/emulator/model.ts";
import type { CancelRequest, Gateway } from "../../src/gateway/gateway.ts";
import type { Log } from "../../src/log.ts";
import type { Store } from "../../src/storage/store.ts";
import { completePayment } from "../../src/usecases/complete-payment.ts";
import type { Deps } from "../../src/usecases/deps.ts";
import { createEndpointHealth } from "../../src/usecases/endpoint-health.ts";
import { openHostProof } from "../../src/usecases/host-proof.ts";
import { openOrderIds } from "../../src/usecases/order-ids.ts";
import { createPasswords } from "../../src/usecases/passwords.ts";
import { openRefundIds } from "../../src/usecases/refund-ids.ts";
import { registerOrder } from "../../src/usecases/register-order.ts";
import { HOUR_MS, MINUTE_MS, money } from "../support/domain.ts";
import type { Case } from "./cases.ts";
import { openModelGateway } from "./model-gateway.ts";
import { Scheduler } from "./scheduler.ts";
import { SHELF_DATA_KEY, type Shelf } from "./shelf.ts";

/** A whole second, as all times of the gateway are. */
const STARTS_AT = Date.UTC(2026, 10, 23);
export const ORDER = "shop-order-1";
export const PAYMENT_A = "imp_000000000001";
export const PAYMENT_B = "imp_000000000002";
export const AMOUNT = 1000;

const randomBytes = (size: number) => Buffer.alloc(size, 3);

/** Made once: their keys are derived, and that takes longer than a run. */
const KEYED = {
  passwords: createPasswords({ randomBytes }),
  hostProof: openHostProof(SHELF_DATA_KEY),
  randomBytes,
  orderIds: openOrderIds({
    secret: SHELF_DATA_KEY,
    now: () => STARTS_AT,
    randomBytes,
    claimedPrefix: "shop-",
  }),
  refundIds: openRefundIds(SHELF_DATA_KEY),
};

/** One run of one case: one order, its payments at the gateway, and everybody who does something about it. */
export class World {
  readonly scheduler = new Scheduler(STARTS_AT);
  readonly model: Model;
  readonly store: Store;
  /** What cannot be, as it was met: alarms, and actors that threw. */
  readonly faults: string[] = [];
  /** What each actor was told in the end. */
  readonly answers = new Map<string, unknown>();
  /** Of the actor's own steps: what it knows beside its answers. */
  readonly marks = new Set<string>();
  readonly #case: Case;
  readonly #gateways = new Map<string, (actor: string) => Gateway>();

  private constructor(store: Store, asked: Case) {
    this.store = store;
    this.#case = asked;
    this.model = new Model({ now: () => this.scheduler.now(), seed: 1 });
  }

  static async open(shelf: Shelf, asked: Case): Promise<World> {
    const world = new World(shelf.store, asked);
    shelf.reset(world.scheduler);
    await world.#setUp();
    return world;
  }

  /** Everything that one actor may touch; whatever it awaits there is a point. */
  depsOf(actor: string): Deps {
    const gateway = this.#gatewayOf(this.#case.isOneProcess ? "server" : actor)(actor);
    return { ...this.#deps(gateway), store: this.#storeOf(actor), clock: this.#clockOf(actor) };
  }

  /** The same without points, for what comes before and after. */
  plainDeps(): Deps {
    return this.#deps(this.#gatewayOf("plain")("plain"));
  }

  /** The time of the whole case: before the deadline of the order, or after the last call for money that came in time. */
  async #setUp(): Promise<void> {
    const { scheduler, model } = this;
    scheduler.isFree = true;
    const deps = this.plainDeps();
    await registerOrder(deps, {
      orderId: ORDER,
      name: "Soap",
      amount: money(AMOUNT),
      payBy: STARTS_AT + HOUR_MS,
    });
    scheduler.pass(10 * MINUTE_MS);
    const { begins } = this.#case;
    for (const imp_uid of this.#case.payments) {
      const isWaiting = begins === "unpaid" || begins === "account";
      const status = isWaiting ? "ready" : "paid";
      // Due with the order: one that is due later is closed, and no account to wait for.
      const account = { pay_method: "vbank", vbank_date: (STARTS_AT + HOUR_MS) / 1000 };
      const means = begins === "account" ? account : {};
      model.createPayment({ imp_uid, merchant_uid: ORDER, amount: AMOUNT, status, ...means });
      scheduler.pass(1000);
    }
    if (begins === "applied") await completePayment(deps, { paymentId: PAYMENT_A, orderId: ORDER });
    if (begins === "account") await completePayment(deps, { paymentId: PAYMENT_A, orderId: ORDER });
    scheduler.pass(MINUTE_MS);
    if (this.#case.isLate) scheduler.pass(2 * HOUR_MS);
    scheduler.isFree = false;
  }

  #gatewayOf(name: string): (actor: string) => Gateway {
    const { scheduler, model } = this;
    const { isSlow, isReduced } = this.#case;
    const known = this.#gateways.get(name);
    if (known !== undefined) return known;
    const onCancel = (request: CancelRequest) => this.#onCancel(request);
    const isReadAPoint = name !== "plain" && !isReduced;
    const opened = openModelGateway({ name, scheduler, model, isSlow, isReadAPoint, onCancel });
    this.#gateways.set(name, opened);
    return opened;
  }

  /** I15: whatever is cancelled by us was marked as sent in a transaction before. */
  async #onCancel({ paymentId, reason }: CancelRequest): Promise<void> {
    const refunds = (await this.store.readOrder(ORDER))?.refunds ?? [];
    const refund = refunds.find((one) => reason.includes(one.refundId));
    if (refund === undefined || refund.sentAt === undefined || refund.state !== "unknown")
      this.faults.push(
        `a cancellation of ${paymentId} is sent without a mark (${refund?.state ?? "no row"})`,
      );
  }

  #storeOf(actor: string): Store {
    const { store, scheduler } = this;
    return new Proxy(store, {
      get: (_, key) => {
        const name = String(key) as keyof Store;
        const member = store[name];
        if (typeof member !== "function") return member;
        const call = member.bind(store) as (...args: unknown[]) => unknown;
        // The order is there from the beginning and stays: this read commutes with everything.
        if (name === "hasOrder") return call;
        return async (...args: unknown[]) => {
          const seen = await scheduler.at(`${actor} ${String(name)}`, () => call(...args));
          scheduler.note(actor, name === "readOrder" ? brieflyView(seen as ViewSeen) : withoutToken(seen));
          return seen;
        };
      },
    });
  }

  /** Patience ends at any moment, or never: nothing here depends on how long it was. */
  #clockOf(actor: string): Deps["clock"] {
    const { scheduler } = this;
    return {
      now: () => scheduler.now(),
      after: (_, run) =>
        this.#case.isImpatient && !scheduler.isFree
          ? scheduler.offer(`${actor} waits no longer`, () => {
              scheduler.note(actor, "waits no longer");
              run();
            })
          : () => {},
    };
  }

  #deps(gateway: Gateway): Deps {
    const { store, scheduler } = this;
    const clock = { now: () => scheduler.now(), after: () => () => {} };
    const rules = { isSandbox: false, channels: "any", promotions: new Set<string>() } as const;
    const log = this.#log();
    return {
      store,
      gateway,
      clock,
      log,
      notifier: { name: "none", send: async () => ({ kind: "sent" }) },
      notices: new Set(),
      mayText: async () => false,
      recheck: "best_effort",
      prepare: "off",
      endpointHealth: createEndpointHealth({ store, clock, log }),
      ...KEYED,
      policyFor: async () => rules,
      completeBudgetMs: 4_000,
      payWithinMs: HOUR_MS,
    };
  }

  #log(): Log {
    const none = () => {};
    return {
      debug: none,
      info: none,
      warn: none,
      alarm: (event, { fault, reason } = {}) => {
        if (ELSEWHERE_ALARMS.has(event) && this.#case.actors.includes("elsewhere")) return;
        this.faults.push(`alarm ${event} ${reason ?? ""} ${fault ?? ""}`);
      },
    };
  }
}

/** These tell of what somebody else cancelled. Whatever else alarms is a fault of ours here. */
const ELSEWHERE_ALARMS: ReadonlySet<string> = new Set([
  "cancelled_elsewhere",
  "refund_unclear",
  "refund_failed",
]);

/** A lease token is drawn: that one was given is all that matters. */
function withoutToken(seen: unknown): unknown {
  if (!Array.isArray(seen)) return seen;
  return seen.map((one: object) => ("leaseToken" in one ? { ...one, leaseToken: "held" } : one));
}

type ViewSeen = Awaited<ReturnType<Store["readOrder"]>>;

/** What differs between two views of the one order here; all else of a view follows from it. */
export function brieflyView(view: ViewSeen): unknown {
  if (view === undefined) return "none";
  const { order, version, payments, refunds, discrepancies } = view;
  return [
    [version, order.status, order.paidBy, order.paidAt, order.refunded.amountMinor],
    [order.approval, order.account?.paymentId],
    payments.map((one) => [
      [one.paymentId, one.status, one.verdict, one.cancelled.text, one.cancelCount, one.appliedAt],
      [one.fetchStartedAt, one.fetchEndedAt, one.regressionSeenAt, one.missingSeenAt],
    ]),
    refunds.map((one) => [
      [one.refundId, one.state, one.amount.amountMinor, one.sends, one.sentAt, one.acceptedAt],
      [one.requestedAt, one.cancelledBeforeMinor, one.failure?.code],
    ]),
    discrepancies.map((one) => [one.kind, one.cause, one.paymentId, one.resolvedAt]),
  ];
}
