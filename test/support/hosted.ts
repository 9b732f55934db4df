import type { OpenShop } from "./open-shop.ts";
import { SHOP_API_KEY } from "./open-shop.ts";

export interface HostedOrder {
  readonly merchantUid: string;
  /** Its `checkout_url`. */
  readonly url: string;
}

/** The example shop is asked before any payment of the sandbox is approved: it looks there for what was sold. */
const IN_STOCK = { product: "teacup", quantity: 1 };

/** Registers an order as a shop without any page of its own would: all that it does next is to send the buyer there. */
export async function newOrder(
  { sandbox }: OpenShop,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<HostedOrder> {
  const response = await fetch(`${sandbox.dojang.privateUrl}/v1/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${SHOP_API_KEY}` },
    body: JSON.stringify({ name: "벼루", amount: 48_000, metadata: IN_STOCK, ...fields }),
  });
  const order = (await response.json()) as { merchant_uid: string; checkout_url: string };
  if (response.status !== 201) throw new Error(`Cannot register an order: ${JSON.stringify(order)}`);
  return { merchantUid: order.merchant_uid, url: order.checkout_url };
}
