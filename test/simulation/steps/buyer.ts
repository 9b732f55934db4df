import type { Aggregate, Decision } from "../../../src/domain/decision.ts";
import { amountText } from "../../../src/domain/money.ts";
import type { NewPayment } from "../../../src/emulator/payment-record.ts";
import type { Store } from "../../../src/storage/store.ts";
import { completePayment } from "../../../src/usecases/complete-payment.ts";
import type { Deps } from "../../../src/usecases/deps.ts";
import type { Draw } from "../../support/draw.ts";
import type { Writes } from "../invariants/answers.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../virtual-time.ts";
import type { Ordered, World } from "../world.ts";

/** A buyer pays an order once more, or pays something that is no order here. */
export function pay(world: World): void {
  const { draw, ordered } = world;
  if (ordered.length === 0) return;
  const of = draw.pick(ordered);
  const isForeign = draw.chance(0.08);
  const orderId = isForeign ? draw.pick(["other-shop-1", `shop-lost-${draw.int(1, 3)}`]) : of.orderId;
  payFor(world, { ...of, orderId }, draw);
}

const WAYS = [
  [60, "right"],
  [5, "amount"],
  [4, "currency"],
  [4, "mode"],
  [3, "channel"],
  [2, "promotion"],
  [2, "allowed promotion"],
  [2, "customer"],
  [6, "failed"],
  [4, "window"],
] as const;

/** Pays rightly, or as somebody does who wants more than they pay for. */
export function payFor(world: World, { orderId, amountMinor, currency, kind }: Ordered, draw: Draw): void {
  const { bank, setting } = world;
  const way = draw.weighted(WAYS);
  const minorUnits =
    way === "amount" ? Math.max(1, amountMinor - draw.pick([1, 100, amountMinor - 100])) : amountMinor;
  const isSandbox = way === "mode" ? setting.isLive : !setting.isLive;
  const mode = isSandbox ? "test" : "live";
  const shown = way === "currency" ? (currency === "KRW" ? "VND" : "KRW") : currency;
  const channel =
    kind === "paypal"
      ? { channelKey: `channel-key-${mode}-paypal_v2`, pay_method: "paypal" }
      : kind === "vbank"
        ? { status: "ready" as const, pay_method: "vbank", vbank_date: dueOf(world, draw) }
        : {};
  const odd: Partial<NewPayment> =
    way === "channel"
      ? { pg_id: "SOMEBODYS" }
      : way === "promotion"
        ? { promotion: { id: "promo-other", discount: 10 } }
        : way === "allowed promotion"
          ? { promotion: { id: "promo-allowed", discount: 10 } }
          : way === "customer"
            ? { customer_uid: "card-of-somebody" }
            : way === "failed"
              ? { status: "failed" }
              : way === "window"
                ? { status: "ready" }
                : {};
  const { imp_uid, status } = bank.model.createPayment({
    merchant_uid: orderId,
    amount: amountText({ amountMinor: minorUnits, currency }),
    currency: shown,
    sandbox: isSandbox,
    ...channel,
    ...odd,
  });
  if (kind === "paypal" && draw.chance(0.8)) bank.model.deferCancels(imp_uid);
  world.story.tell(`${imp_uid} pays ${orderId} (${way}, ${kind}, ${status})`);
  announce(world, imp_uid);
  if (kind === "vbank" && status === "ready" && draw.chance(0.75)) depositLater(world, imp_uid, draw);
}

/** Mostly the end of tomorrow in Korea, sometimes within the hour, sometimes much too late. */
function dueOf(world: World, draw: Draw): number {
  const inMs = draw.weighted([
    [6, DAY_MS],
    [2, draw.int(5, 55) * 60 * SECOND_MS],
    [1, 30 * DAY_MS],
  ]);
  return Math.floor((world.time.now() + inMs) / 1000);
}

function depositLater(world: World, paymentId: string, draw: Draw): void {
  const afterMs = draw.chance(0.9) ? draw.int(1, 60) * SECOND_MS : draw.int(1, 30) * HOUR_MS;
  const isOther = draw.chance(0.1);
  world.someTime(afterMs, () => {
    const { bank } = world;
    const { amount, paid_at, status } = bank.payment(paymentId);
    if (paid_at > 0 || status !== "ready") return;
    bank.model.deposit(paymentId, isOther ? String(Number(amount) + 100) : undefined);
    world.story.tell(`${paymentId} gets its deposit${isOther ? " of another amount" : ""}`);
    announce(world, paymentId);
  });
}

/** The buyer's browser and the webhook tell of a payment, or either, or none. */
export function announce(world: World, paymentId: string): void {
  const draw = world.drawOf(`announce ${paymentId}`);
  const { merchant_uid: orderId } = world.bank.payment(paymentId);
  const isLost = world.has("X7") && draw.chance(0.4);
  if (isLost) world.hit("X7");
  const times = world.has("X7") && draw.chance(0.3) ? draw.int(2, 5) : 1;
  const delayMs = draw.int(1, 3 * SECOND_MS);
  if (!isLost && draw.chance(0.7))
    for (let n = 0; n < times; n++) world.someTime(delayMs, () => complete(world, { paymentId, orderId }));
  const copies = world.has("X6")
    ? draw.weighted([
        [4, 0],
        [3, 1],
        [2, 2],
        [1, draw.int(3, 12)],
      ])
    : 1;
  if (copies !== 1) world.hit("X6");
  for (let copy = 0; copy < copies; copy++) {
    const isLate = world.has("X6") && draw.chance(0.1);
    const inMs = isLate ? draw.int(1, 30) * DAY_MS : draw.int(1, 20 * SECOND_MS);
    world.someTime(inMs, () => hint(world, { paymentId, orderId }));
  }
}

interface Ids {
  readonly paymentId: string;
  readonly orderId: string;
}

/** What a browser says: two ids. */
export function complete(world: World, claim: Ids): void {
  const writes: Writes = { transactions: 0, tasks: 0, hasMovedOrder: false };
  world.ask(
    `a browser completes ${claim.paymentId} for ${claim.orderId}`,
    ({ deps }) => completePayment(watched(deps, writes), claim),
    (outcome) => {
      const reason = "reason" in outcome ? outcome.reason : "";
      world.story.tell(`${claim.paymentId}: ${outcome.kind} ${reason}`);
      world.invariants.answers.onCompleted(claim, { outcome, writes });
    },
  );
}

/** The same, and what this one request writes is counted. */
function watched(deps: Deps, writes: Writes): Deps {
  const store = new Proxy(deps.store, {
    get(target, name) {
      if (name === "transact")
        return <Outcome>(
          to: Parameters<Store["transact"]>[0],
          decide: (aggregate: Aggregate) => Decision<Outcome>,
        ) =>
          target.transact(to, (aggregate) => {
            const decision = decide(aggregate);
            writes.transactions += 1;
            const { status, paidBy } = decision.order ?? aggregate.order ?? {};
            writes.hasMovedOrder ||= status !== aggregate.order?.status || paidBy !== aggregate.order?.paidBy;
            return decision;
          });
      if (name === "addTasks")
        return (tasks: Parameters<Store["addTasks"]>[0]) => {
          writes.tasks += tasks.length;
          return target.addTasks(tasks);
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { ...deps, store };
}

export function hint(world: World, { paymentId, orderId }: Partial<Ids> & Pick<Ids, "paymentId">): void {
  world.ask(
    `a webhook names ${paymentId}`,
    ({ receiveWebhook }) =>
      receiveWebhook({
        paymentId,
        ...(orderId === undefined ? {} : { orderId }),
        contentType: "application/json",
        body: Buffer.from("{}"),
        sourceAddress: "127.0.0.1",
      }),
    () => world.invariants.answers.onHint(paymentId),
  );
}

/** The same claim once more: from another tab, from the phone, after a year. */
export function claim(world: World): void {
  const { draw, bank } = world;
  const payments = bank.payments();
  if (payments.length === 0) return;
  const { imp_uid: paymentId, merchant_uid: orderId } = draw.pick(payments);
  const times = world.has("X7") ? draw.int(1, 4) : 1;
  for (let n = 0; n < times; n++) complete(world, { paymentId, orderId });
}

export function notify(world: World): void {
  const { draw, bank } = world;
  const payments = bank.payments();
  if (payments.length === 0) return;
  const { imp_uid: paymentId, merchant_uid: orderId } = draw.pick(payments);
  hint(world, draw.chance(0.8) ? { paymentId, orderId } : { paymentId });
}
