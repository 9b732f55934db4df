import type { Desk } from "./desk.ts";

type Story = (desk: Desk) => Promise<void>;

const honest: Story = async (desk) => {
  const ids = desk.pay(await desk.register());
  await Promise.all([desk.completeAtOnce(ids), desk.webhookTwice(ids)]);
  await desk.read(ids.merchant_uid);
};

const webhookOnly: Story = async (desk) => desk.webhookTwice(desk.pay(await desk.register()));

const nobodyTells: Story = async (desk) => {
  const order = await desk.register();
  desk.pay(order);
  desk.say(order.id);
};

const failed: Story = async (desk) => {
  const ids = desk.pay(await desk.register(), { status: "failed" });
  await Promise.all([desk.completeAtOnce(ids), desk.webhook(ids, "failed")]);
};

const tampered: Story = async (desk) => {
  const ids = desk.pay(await desk.register(), desk.draw.chance(0.5) ? { amount: 100 } : { currency: "USD" });
  await Promise.all([desk.completeAtOnce(ids), desk.webhookTwice(ids)]);
};

const stolen: Story = async (desk) => {
  const [mine, yours] = [await desk.register(), await desk.register()];
  const ids = desk.pay(mine);
  await Promise.all([desk.complete({ ...ids, merchant_uid: yours.id }), desk.completeAtOnce(ids)]);
};

const paidTwice: Story = async (desk) => {
  const order = await desk.register();
  const [one, other] = [desk.pay(order), desk.pay(order)];
  await Promise.all([desk.complete(one), desk.complete(other), desk.webhook(one), desk.webhook(other)]);
};

const virtualAccount: Story = async (desk) => {
  const ids = desk.pay(await desk.register(), { status: "ready", pay_method: "vbank" });
  await Promise.all([desk.completeAtOnce(ids), desk.webhook(ids, "ready")]);
  desk.emulator.deposit(ids.imp_uid);
  await desk.webhookTwice(ids);
};

const refunded: Story = async (desk) => {
  const order = await desk.register();
  const ids = desk.pay(order);
  if ((await desk.complete(ids)) !== "success") return desk.webhook(ids);
  const part = desk.draw.chance(0.5) ? order.amount : order.amount / 2;
  await Promise.all([desk.refundTwice(order.id, part), desk.completeAtOnce(ids)]);
  if (part < order.amount) await desk.refundTwice(order.id, order.amount - part);
};

const cancelledElsewhere: Story = async (desk) => {
  const order = await desk.register();
  const ids = desk.pay(order);
  await desk.completeAtOnce(ids);
  desk.emulator.cancelFromConsole(ids.imp_uid, order.amount / 2);
  await desk.webhookTwice(ids, "cancelled");
};

const cancelledUnpaid: Story = async (desk) => {
  const order = await desk.register();
  await desk.cancel(order.id);
  if (desk.draw.chance(0.5)) await desk.completeAtOnce(desk.pay(order));
  await desk.read(order.id);
};

/** What happens to a shop's orders, each as often as its weight says. */
export const STORIES: readonly (readonly [number, Story])[] = [
  [6, honest],
  [3, webhookOnly],
  [2, nobodyTells],
  [2, failed],
  [2, tampered],
  [1, stolen],
  [3, paidTwice],
  [3, virtualAccount],
  [4, refunded],
  [2, cancelledElsewhere],
  [2, cancelledUnpaid],
];
