import { SHOP_EVENTS } from "../../../src/domain/shop-events.ts";
import type { OutgoingEvent } from "../../../src/events/event-endpoint.ts";
import type { TextMessage } from "../../../src/notify/notifier.ts";
import type { Told } from "../sinks.ts";
import { SECOND_MS } from "../virtual-time.ts";
import type { World } from "../world.ts";
import type { Must, Parts } from "./invariants.ts";

/** A look before an event, the budget of one, and the commit after it. */
const SEEN_WITHIN_MS = 16 * SECOND_MS;
/** At most one of each for an order. */
const ONCE: readonly string[] = [
  "order.registered",
  "order.paid",
  "order.expired",
  "order.cancelled",
  "order.refunded",
];

interface EventBody {
  readonly type: string;
  readonly data: { readonly merchant_uid: string; readonly imp_uid?: string };
}

/** What leaves the server: I8, I9 and, of texts and events, I16. */
export class Effects {
  readonly #world: World;
  readonly #must: Must;
  /** When the gateway last showed each payment. */
  readonly #looks = new Map<string, number>();

  constructor({ world, must }: Parts) {
    this.#world = world;
    this.#must = must;
  }

  onLook(paymentId: string): void {
    this.#looks.set(paymentId, this.#world.time.now());
  }

  /** The shop is about to be told. */
  onSending({ id, body }: OutgoingEvent): void {
    const world = this.#world;
    this.#must("I16", !world.invariants.wire.hasSecret(body), () => `event ${id} tells a secret`);
    const event = world.books.events().find(({ event_id }) => event_id === id);
    const { type, data } = JSON.parse(body) as EventBody;
    const isSame = event?.type === type && event.merchant_uid === data.merchant_uid;
    this.#must("I9", isSame, () => `event ${id} is sent as ${type} and stored as ${event?.type}`);
    if (type !== "order.paid") return;
    const order = world.books.orders().find(({ merchant_uid }) => merchant_uid === data.merchant_uid);
    this.#must(
      "I8",
      order?.paid_by === data.imp_uid,
      () => `${data.merchant_uid} is told as paid by ${data.imp_uid}`,
    );
    this.#must(
      "I8",
      order?.status === "paid",
      () => `${data.merchant_uid} is told as paid, and is ${order?.status}`,
    );
    if (
      world.setting.recheck === "best_effort" ||
      world.plan.faults.has("X13") ||
      world.plan.faults.has("X14")
    )
      return;
    const seenAgo = world.time.now() - (this.#looks.get(data.imp_uid ?? "") ?? 0);
    this.#must("I8", seenAgo <= SEEN_WITHIN_MS || this.#isResolvedDoubt(data.imp_uid), () => {
      return `${data.merchant_uid} is told as paid, and ${data.imp_uid} was last seen ${seenAgo} ms ago`;
    });
  }

  /** The shop has read it, whatever it answers. */
  onArrival({ id, body }: OutgoingEvent, told: Told): void {
    this.#must("I9", sameFacts(told.body, body), () => `event ${id} says something else than before`);
  }

  /** An operator was told that it is resolved. */
  onResolved(discrepancyId: string): void {
    const rows = this.#world.books.auditRows(discrepancyId);
    this.#must("I19", rows === 1, () => `${discrepancyId} was resolved, and has ${rows} rows of audit`);
  }

  onText({ text, to, key }: TextMessage): void {
    const isOfBuyer = to === "01012345678";
    this.#must("I16", isOfBuyer, () => `text ${key} goes to a number that is no buyer's`);
    this.#must("I9", text !== "", () => `text ${key} is empty`);
  }

  atTheEnd(): void {
    const { books, setting, sinks, alarms } = this.#world;
    const events = books.events();
    const seen = new Set<string>();
    for (const { merchant_uid, type } of events) {
      if (!ONCE.includes(type)) continue;
      this.#must("I9", !seen.has(`${merchant_uid} ${type}`), () => `${merchant_uid} has two events ${type}`);
      seen.add(`${merchant_uid} ${type}`);
    }
    if (!setting.hasEvents) return;
    const tasks = new Map(books.tasks().map((task) => [task.key, task.state]));
    for (const { event_id: id, type, merchant_uid } of events) {
      if (!SHOP_EVENTS.has(type as never)) continue;
      const state = tasks.get(`deliver:${id}`);
      const isOver = state === "done" || (state === "dead" && alarms.has("task_given_up"));
      this.#must("I9", isOver, () => `event ${id} (${type} of ${merchant_uid}) is ${state}`);
      const isHeard = (sinks.told.get(id)?.taken ?? 0) > 0;
      const mayBeWithheld = type === "order.paid";
      this.#must(
        "I9",
        isHeard || state === "dead" || mayBeWithheld,
        () => `event ${id} (${type}) is done and unheard`,
      );
      if (isHeard || state === "dead") continue;
      const order = books.orders().find((one) => one.merchant_uid === merchant_uid);
      this.#must(
        "I9",
        order?.status !== "paid",
        () => `${merchant_uid} is paid, and the shop was never told`,
      );
    }
  }

  /** One that is missing, and of which an operator has said so, goes out all the same. */
  #isResolvedDoubt(paymentId: string | undefined): boolean {
    return this.#world.books
      .discrepancies()
      .some(
        (one) => one.imp_uid === paymentId && one.kind === "missing_at_gateway" && one.resolved_at !== null,
      );
  }
}

function sameFacts(one: string, other: string): boolean {
  const of = (body: string) => {
    const { type, data } = JSON.parse(body) as EventBody;
    return `${type} ${data.merchant_uid} ${data.imp_uid}`;
  };
  return of(one) === of(other);
}
