import { DojangError } from "../errors.ts";
import type { OrderView, Store } from "../storage/store.ts";
import { MERCHANT_UID_PATTERN } from "./schemas.ts";

const MERCHANT_UID = new RegExp(MERCHANT_UID_PATTERN);

/** @throws {DojangError} `not_found`, whether the id is unknown or none at all */
export async function readOrderView(store: Store, orderId: string): Promise<OrderView> {
  const view = MERCHANT_UID.test(orderId) ? await store.readOrder(orderId) : undefined;
  if (view === undefined) throw new DojangError("not_found", "There is no order under this merchant_uid");
  return view;
}
