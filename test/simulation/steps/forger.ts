import type { World } from "../world.ts";
import { complete, hint } from "./buyer.ts";

/** Somebody names what is not theirs: another order's payment, an invented one, an order that is not here. */
export function forge(world: World): void {
  const { draw, ordered, bank } = world;
  const payments = bank.payments();
  if (ordered.length === 0 || payments.length === 0) return;
  const { orderId } = draw.pick(ordered);
  const other = draw.pick(payments).imp_uid;
  const invented = `imp_${draw.int(100_000, 999_999)}`;
  if (world.has("X7")) world.hit("X7");
  draw.weighted([
    [5, () => complete(world, { paymentId: other, orderId })],
    [2, () => complete(world, { paymentId: invented, orderId })],
    [2, () => complete(world, { paymentId: other, orderId: `dj_${"x".repeat(36)}` })],
    [2, () => hint(world, { paymentId: invented, orderId })],
    [2, () => hint(world, { paymentId: other, orderId })],
    [1, () => hint(world, { paymentId: invented })],
  ])();
}
