import { type DojangClient, DojangError, type Order, type RefundRequest } from "./dojang.ts";
import { type Route, readJson, ShopError } from "./web.ts";

/** What the staff may do. Amount and reason come from a signed-in person; the buyer's browser has no part in it. */
export function staffRoutes(dojang: DojangClient): Route[] {
  return [
    ["GET", /^\/api\/staff\/orders$/, async () => (await dojang.listOrders()).map(forStaff)],
    [
      "POST",
      /^\/api\/staff\/orders\/(?<merchantUid>[A-Za-z0-9_-]{8,40})\/cancel$/,
      async (request, { merchantUid = "" }) => {
        const { reason } = (await readJson(request)) as { reason?: unknown };
        return forStaff(await ask(dojang.cancelOrder(merchantUid, readReason(reason))));
      },
    ],
    [
      "POST",
      /^\/api\/staff\/orders\/(?<merchantUid>[A-Za-z0-9_-]{8,40})\/refunds$/,
      async (request, { merchantUid = "" }) => {
        const { key, ...refund } = readRefund(await readJson(request));
        // The page made the key when it showed the form: a double click, or a retry, is the same refund.
        return ask(dojang.refund(merchantUid, refund, key));
      },
    ],
  ];
}

/** Dojang's refusals are the staff's to read: `refund_exceeds_rest`, `order_already_paid` and so on. */
async function ask<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof DojangError) || error.status < 400 || error.status >= 500) throw error;
    throw new ShopError(error.status, error.code);
  }
}

function readRefund(body: unknown): RefundRequest & { key: string } {
  if (typeof body !== "object" || body === null) throw new ShopError(400, "json_expected");
  const { key, amount, reason, refund_account } = body as Record<string, unknown>;
  if (typeof key !== "string" || !/^[\x21-\x7e]{8,100}$/.test(key)) throw new ShopError(400, "key_expected");
  // Never an implied full refund: "all" is a word that somebody chose.
  if (amount !== "all" && !(typeof amount === "number" && Number.isInteger(amount) && amount > 0))
    throw new ShopError(400, "amount_invalid");
  return {
    key,
    amount,
    reason: readReason(reason),
    // Dojang checks it, keeps it encrypted, and forgets it once the money is back.
    ...(refund_account === undefined
      ? {}
      : { refund_account: refund_account as NonNullable<RefundRequest["refund_account"]> }),
  };
}

function readReason(reason: unknown): string {
  if (typeof reason !== "string" || reason.trim() === "") throw new ShopError(400, "reason_expected");
  return reason.trim().slice(0, 100);
}

function forStaff(order: Order) {
  const { merchant_uid, status, name, amount, refunded_amount, created_at, customer, payments, refunds } =
    order;
  const paid = payments.find(({ imp_uid }) => imp_uid === order.imp_uid);
  return {
    merchant_uid,
    status,
    name,
    amount,
    refunded_amount,
    created_at,
    buyer: customer?.name ?? "",
    // Money of a virtual account has no card to go back to: the buyer names an account.
    needs_account: paid?.pay_method === "vbank",
    discrepancies: order.discrepancies
      .filter(({ resolved_at }) => resolved_at === null)
      .map(({ kind }) => kind),
    refunds: refunds.map(({ id, amount, state, reason, failure }) => ({
      id,
      amount,
      state,
      reason,
      failure,
    })),
  };
}
