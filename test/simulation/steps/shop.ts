import { amountText, type Money } from "../../../src/domain/money.ts";
import { cancelOrder } from "../../../src/usecases/cancel-order.ts";
import { confirmPayment } from "../../../src/usecases/confirm-payment.ts";
import { type Registration, registerOrder } from "../../../src/usecases/register-order.ts";
import { verifyOrder } from "../../../src/usecases/verify-order.ts";
import { OWN_PREFIX } from "../assemble-deps.ts";
import { BUYER } from "../invariants/wire.ts";
import { MINUTE_MS, SECOND_MS } from "../virtual-time.ts";
import type { Ordered, World } from "../world.ts";
import { payFor } from "./buyer.ts";

export const PARTS = 10;

/** A shop registers an order, and its buyer means to pay it. */
export function order(world: World): void {
  const { draw, ordered } = world;
  const kind = draw.weighted([
    [6, "card"],
    [3, "vbank"],
    [2, "paypal"],
  ] as const);
  const currency = kind === "paypal" ? "USD" : "KRW";
  const amount: Money = { amountMinor: draw.int(1, 90) * 100 * PARTS, currency };
  const number = `order-${world.counts.steps}`;
  const own = `${OWN_PREFIX}${draw.int(100_000, 999_999)}-${world.counts.steps}`;
  const isOwn = draw.chance(0.3);
  const wish: Registration = {
    name: "감귤",
    amount,
    ...(isOwn ? { orderId: own } : { idempotency: { apiKeyId: "default", key: number } }),
    ...(draw.chance(0.3) ? { payBy: world.time.now() + world.skewMs + draw.int(2, 120) * MINUTE_MS } : {}),
    ...(draw.chance(0.7) ? { customer: { id: "customer-1", ...BUYER } } : {}),
    ...(draw.chance(0.1) && kind === "card" ? { allowed: { payMethods: ["card"] } } : {}),
  };
  // Some buyers are faster than the shop: what they paid is known before its order is.
  const isPaidFirst = isOwn && draw.chance(0.3);
  const payDelayMs = draw.int(1, 30) * SECOND_MS;
  const paySeed = draw.int(1, 0x7fffffff);
  if (isPaidFirst) payFor(world, { orderId: own, amountMinor: amount.amountMinor, currency, kind }, draw);
  register(world, wish, (orderId) => {
    const made: Ordered = { orderId, amountMinor: amount.amountMinor, currency, kind };
    if (ordered.some((one) => one.orderId === orderId)) return;
    ordered.push(made);
    wishes.set(made, wish);
    if (!isPaidFirst) world.someTime(payDelayMs, () => payFor(world, made, world.drawOf(`pays ${paySeed}`)));
  });
}

const wishes = new WeakMap<Ordered, Registration>();

function register(world: World, wish: Registration, onOrder: (orderId: string) => void): void {
  const { amount } = wish;
  world.ask(
    `an order of ${amountText(amount)} ${amount.currency}`,
    ({ deps }) => registerOrder(deps, wish),
    (outcome) => {
      if (outcome.kind === "exists_with_different") {
        world.story.tell(`refused: another ${outcome.field}`);
        return;
      }
      world.story.tell(`${outcome.order.orderId} is registered (${outcome.kind})`);
      world.invariants.answers.onRegistered(outcome.order.orderId, amount.amountMinor);
      onOrder(outcome.order.orderId);
    },
  );
}

/** The shop did not hear the answer, or sends another amount under the same id. */
export function registerAgain(world: World): void {
  const { draw, ordered } = world;
  if (ordered.length === 0) return;
  const made = draw.pick(ordered);
  const wish = wishes.get(made);
  if (wish === undefined) return;
  if (draw.chance(0.6)) {
    register(world, wish, () => {});
    return;
  }
  const other = { ...wish, amount: { ...wish.amount, amountMinor: wish.amount.amountMinor + 100 } };
  world.ask(
    `another amount for ${made.orderId}`,
    ({ deps }) => registerOrder(deps, other),
    (outcome) => {
      const isThere = world.books.orders().some(({ merchant_uid }) => merchant_uid === made.orderId);
      if (outcome.kind !== "exists_with_different" && isThere)
        throw new Error(`${made.orderId} took another amount: ${outcome.kind}`);
    },
  );
}

/** i'mport asks before it approves, or somebody else does. */
export function confirm(world: World): void {
  const { draw, ordered, bank } = world;
  if (ordered.length === 0) return;
  const { orderId, amountMinor, currency } = draw.pick(ordered);
  const own = bank.payments().filter(({ merchant_uid }) => merchant_uid === orderId);
  const paymentId =
    own.length > 0 && draw.chance(0.7) ? draw.pick(own).imp_uid : `imp_${draw.int(1, 99_999)}`;
  const said = draw.chance(0.8) ? amountMinor : amountMinor + 1;
  const text = amountText({ amountMinor: said, currency });
  world.ask(
    `${paymentId} asks to be approved for ${orderId}`,
    ({ deps }) => confirmPayment(deps, { paymentId, orderId, amountText: text }),
    (outcome) => {
      world.story.tell(`${paymentId}: ${outcome.kind}`);
      if (outcome.kind === "let_through" && said !== amountMinor)
        throw new Error(`${paymentId} of another amount is let through for ${orderId}`);
    },
  );
}

export function verifySome(world: World): void {
  const { draw, ordered } = world;
  if (ordered.length === 0) return;
  const { orderId } = draw.pick(ordered);
  world.ask(
    `the shop has ${orderId} verified`,
    ({ deps }) => verifyOrder(deps, orderId),
    (outcome) => world.story.tell(`${orderId}: ${outcome.kind}`),
  );
}

export function cancelSomeOrder(world: World): void {
  const { draw, ordered } = world;
  if (ordered.length === 0) return;
  const { orderId } = draw.pick(ordered);
  world.ask(
    `the shop cancels ${orderId}`,
    ({ deps }) => cancelOrder(deps, { orderId, actor: "default", reason: "sold out" }),
    (outcome) => {
      world.story.tell(`${orderId}: ${outcome.kind}`);
      const row = world.books.orders().find(({ merchant_uid }) => merchant_uid === orderId);
      if (outcome.kind === "cancelled" && row?.status === "pending")
        throw new Error(`${orderId} was told to be cancelled, and is pending`);
    },
  );
}
