import { requestRefund } from "../../../src/usecases/request-refund.ts";
import { ACCOUNT } from "../../support/bank.ts";
import type { Asked, Ordered, World } from "../world.ts";
import { PARTS } from "./shop.ts";

/** Amounts are tenths of the order: sums of others meet them, and the whole is met exactly. */
export function someTenths(
  world: Pick<World, "draw">,
  { amountMinor: whole }: Pick<Ordered, "amountMinor">,
): number {
  const tenths = world.draw.weighted([
    [4, 1],
    [4, 2],
    [2, 3],
    [2, 5],
    [1, 10],
    [1, 11],
  ] as const);
  return (whole / PARTS) * tenths;
}

export function askRefunds(world: World): void {
  const { draw, ordered, asked } = world;
  if (ordered.length === 0) return;
  const paid = new Set(world.books.orders().flatMap((one) => (one.paid_by === null ? [] : one.merchant_uid)));
  const some = ordered.filter(({ orderId }) => paid.has(orderId));
  const of = draw.pick(some.length === 0 || draw.chance(0.1) ? ordered : some);
  const count = draw.weighted([
    [6, 1],
    [2, 2],
    [1, 4],
  ] as const);
  for (let n = 0; n < count; n++) {
    const amount = draw.chance(0.15) ? "all" : someTenths(world, of);
    const key = `refund-${world.counts.steps}-${n}`;
    const wish: Asked = { key, orderId: of.orderId, amount, isAnswered: false };
    asked.push(wish);
    const clicks = draw.chance(0.25) ? draw.int(2, 4) : 1;
    for (let click = 0; click < clicks; click++) askRefund(world, wish);
  }
}

export function askRefund(world: World, wish: Asked): void {
  const { key, orderId, amount } = wish;
  const of = world.ordered.find((one) => one.orderId === orderId);
  const currency = of?.currency ?? "KRW";
  const wanted = {
    orderId,
    idempotency: { apiKeyId: "default", key },
    amount: amount === "all" ? amount : { amountMinor: amount, currency },
    reason: "sent back",
    retainsPromotion: false,
    ...(of?.kind === "vbank" ? { account: ACCOUNT } : {}),
  };
  world.ask(
    `refund ${amount} of ${orderId} under ${key}`,
    ({ deps }) => requestRefund(deps, wanted),
    (outcome) => {
      const { kind } = outcome;
      const id = "refund" in outcome ? outcome.refund.refundId : "";
      world.story.tell(`${key}: ${kind} ${id}`);
      wish.isAnswered = true;
      if (outcome.kind === "exists_with_different_request") throw new Error(`${key} is one request`);
      if (outcome.kind !== "accepted" && outcome.kind !== "exists") return;
      const { amount: accepted } = outcome.refund;
      world.invariants.refunds.onAccepted(key, { refundId: id, amountMinor: accepted.amountMinor });
    },
  );
}

export function clickAgain(world: World): void {
  const { asked, draw } = world;
  if (asked.length > 0) askRefund(world, draw.pick(asked));
}
