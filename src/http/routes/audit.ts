import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { wireEventData } from "../../domain/shop-events.ts";
import type { StoredAudit } from "../../storage/store.ts";
import type { HttpDeps } from "../http-deps.ts";
import { PAGE_FIELDS, readPageQuery } from "../page-query.ts";
import { readOrderView } from "../read-order-view.ts";
import { orNull, Time } from "../schema-parts.ts";
import { Problem } from "../schemas.ts";

const AuditAnswer = Type.Object({
  position: Type.Integer({ description: "In its chain, from 1 on" }),
  at: Time,
  actor: Type.String({ description: "The id of the API key or of the operator" }),
  action: Type.String(),
  reason: orNull(Type.String()),
  subject: orNull(Type.String({ description: "The id of what it was done to, where that is not the order" })),
  data: Type.Unknown(),
  hash: Type.String({ description: "SHA-256 over the row and the hash of the one before, in hex" }),
});
const OrderAudit = Type.Object({ data: Type.Array(AuditAnswer) });
const AuditList = Type.Object({ data: Type.Array(AuditAnswer), next_cursor: orNull(Type.String()) });

/** `GET /v1/orders/{merchant_uid}/audit` and `GET /v1/audit`: who did what, and why. */
export async function audit(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();

  typed.get(
    "/v1/orders/:merchant_uid/audit",
    {
      schema: {
        summary: "Read who refunded, resolved or cancelled, and why, oldest first",
        tags: ["Audit"],
        params: Type.Object({ merchant_uid: Type.String() }),
        response: { 200: OrderAudit, "4xx": Problem },
      },
    },
    async (request) => {
      const { merchant_uid: orderId } = request.params;
      const rows = await deps.store.readAudit(orderId);
      // A payment without an order may have been resolved: its rows are there although no order is.
      if (rows.length === 0) await readOrderView(deps.store, orderId);
      return { data: rows.map(auditAnswer) };
    },
  );

  typed.get(
    "/v1/audit",
    {
      schema: {
        summary: "List what operators did that concerns no order, newest first",
        tags: ["Audit"],
        querystring: Type.Object(PAGE_FIELDS),
        response: { 200: AuditList, "4xx": Problem },
      },
    },
    async (request) => {
      const { acts, nextCursor } = await deps.store.listActs(readPageQuery(request.query, []).page);
      return { data: acts.map(auditAnswer), next_cursor: nextCursor ?? null };
    },
  );
}

function auditAnswer(row: StoredAudit): Static<typeof AuditAnswer> {
  return {
    position: row.position,
    at: new Date(row.at).toISOString(),
    actor: row.actor,
    action: row.action,
    reason: row.reason ?? null,
    subject: row.subject ?? null,
    data: wireEventData(row.data),
    hash: row.hash,
  };
}
