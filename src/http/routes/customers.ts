import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { amountMajor } from "../../domain/money.ts";
import { DojangError } from "../../errors.ts";
import type { OrderView } from "../../storage/store.ts";
import type { HttpDeps } from "../http-deps.ts";
import { accountAnswer } from "../order-answer.ts";
import { CustomerAnswer, Problem } from "../schemas.ts";

/** The customer's newest orders that are searched for virtual accounts. */
const ORDERS_MAX = 100;

/** `GET /v1/customers/{id}`: the customer as their newest order names them, with their virtual accounts. */
export async function customers(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  app.withTypeProvider<TypeBoxTypeProvider>().get(
    "/v1/customers/:id",
    {
      schema: {
        summary: "Read a customer with their virtual accounts, newest first",
        tags: ["Customers"],
        params: Type.Object({ id: Type.String() }),
        response: { 200: CustomerAnswer, "4xx": Problem },
      },
    },
    async (request) => {
      const { orders } = await deps.store.listOrders({ customerId: request.params.id, limit: ORDERS_MAX });
      const newest = orders[0]?.order.customer;
      if (newest === undefined)
        throw new DojangError("not_found", "There is no order of a customer with this id");
      const { name = null, email = null, tel = null } = newest;
      return { id: request.params.id, name, email, tel, virtual_accounts: orders.flatMap(accountsOf) };
    },
  );
}

function accountsOf({ order }: OrderView) {
  if (order.account === undefined) return [];
  return [
    {
      merchant_uid: order.orderId,
      imp_uid: order.account.paymentId,
      order_status: order.status,
      amount: amountMajor(order.amount),
      currency: order.amount.currency,
      ...accountAnswer(order.account, order),
    },
  ];
}
