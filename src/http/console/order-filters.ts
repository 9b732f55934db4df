import { type Static, Type } from "typebox";
import type { OrderQuery } from "../../storage/store.ts";
import { OrderStatus } from "../checkout-schemas.ts";

const Text = Type.String({ minLength: 1, maxLength: 254 });

/** Which orders: the same for the list and for what is exported. */
export const ORDER_FILTERS = {
  status: Type.Optional(OrderStatus),
  customer: Type.Optional(Text),
  q: Type.Optional(Text),
};
const Filters = Type.Object(ORDER_FILTERS);

export function readOrderFilters({ status, customer, q }: Static<typeof Filters>): Omit<OrderQuery, "limit"> {
  return {
    ...(status === undefined ? {} : { status }),
    ...(customer === undefined ? {} : { customerId: customer }),
    ...(q === undefined ? {} : { text: q.trim() }),
  };
}
