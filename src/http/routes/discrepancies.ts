import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import type { DiscrepancyKind } from "../../domain/decision.ts";
import { DojangError } from "../../errors.ts";
import type { DiscrepancyQuery, StoredDiscrepancy } from "../../storage/store.ts";
import { resolveDiscrepancy } from "../../usecases/resolve-discrepancy.ts";
import { callerOf } from "../auth.ts";
import type { HttpDeps } from "../http-deps.ts";
import { PAGE_FIELDS, readChoice, readPageQuery } from "../page-query.ts";
import { readRefundAccount } from "../refund-body.ts";
import { ResolveBody } from "../refund-schemas.ts";
import { DiscrepancyAnswer, DiscrepancyList, Problem } from "../schemas.ts";

const BODY_BYTES_MAX = 8 * 1024;
const STATUSES = ["open", "resolved"] as const;
const KIND_NAMES: Readonly<Record<DiscrepancyKind, true>> = {
  orphan: true,
  surplus: true,
  paid_after_closing: true,
  amount_mismatch: true,
  currency_mismatch: true,
  channel_mismatch: true,
  test_payment: true,
  payment_regressed: true,
  cancelled_elsewhere: true,
  missing_at_gateway: true,
  pg_tid_reused: true,
};
const KINDS = Object.keys(KIND_NAMES) as DiscrepancyKind[];
const Params = Type.Object({ id: Type.String() });
const Query = Type.Object({
  status: Type.Optional(Type.String({ enum: [...STATUSES] })),
  kind: Type.Optional(Type.String({ enum: KINDS })),
  ...PAGE_FIELDS,
});

/** `GET /v1/discrepancies` and `POST /v1/discrepancies/{id}/resolve`. */
export async function discrepancies(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();

  typed.get(
    "/v1/discrepancies",
    {
      schema: {
        summary: "List what did not fit, newest first",
        tags: ["Discrepancies"],
        querystring: Query,
        response: { 200: DiscrepancyList, "4xx": Problem },
      },
    },
    async (request) => {
      const page = await deps.store.listDiscrepancies(readQuery(request.query));
      return { data: page.discrepancies.map(discrepancyAnswer), next_cursor: page.nextCursor ?? null };
    },
  );

  typed.post(
    "/v1/discrepancies/:id/resolve",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "End a discrepancy: accept money that only came too late, give it back, or dismiss it",
        tags: ["Discrepancies"],
        params: Params,
        body: ResolveBody,
        response: { 200: DiscrepancyAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request) => {
      const { id } = request.params;
      const actor = callerOf(request);
      const { action, reason, refund_account: account } = request.body;
      const outcome = await resolveDiscrepancy(deps, {
        discrepancyId: id,
        actor,
        action,
        reason,
        ...(account === undefined ? {} : { refundAccount: readRefundAccount(account) }),
      });
      if (outcome.kind !== "resolved") throw problemOf(outcome);
      const resolved = await deps.store.readDiscrepancy(id);
      if (resolved === undefined) throw new Error("Invariant violated: a discrepancy is never deleted");
      return discrepancyAnswer(resolved);
    },
  );
}

type Unresolved = Exclude<Awaited<ReturnType<typeof resolveDiscrepancy>>, { kind: "resolved" }>;

function problemOf(outcome: Unresolved): DojangError {
  switch (outcome.kind) {
    case "not_found":
      return new DojangError("not_found", "There is no discrepancy under this id");
    case "already_resolved":
      return new DojangError("discrepancy_resolved", "Cannot resolve: it was resolved before");
    case "not_acceptable":
      return new DojangError("discrepancy_not_acceptable", `Cannot accept: ${outcome.reason}`);
    case "not_refundable":
      return new DojangError("discrepancy_not_refundable", `Cannot refund: ${outcome.reason}`);
    case "account_required":
      return new DojangError("refund_account_required", "Cannot refund: expected refund_account");
    case "unavailable":
    case "outcome_unknown":
    case "misconfigured":
      return new DojangError("gateway_unavailable", "Cannot accept: the gateway did not show the payment");
  }
}

function readQuery(query: unknown): DiscrepancyQuery {
  const { fields, page } = readPageQuery(query, ["status", "kind"]);
  const status = readChoice(fields.status, { name: "status", choices: STATUSES });
  const kind = readChoice(fields.kind, { name: "kind", choices: KINDS });
  return {
    ...page,
    ...(status === undefined ? {} : { isOpen: status === "open" }),
    ...(kind === undefined ? {} : { kind }),
  };
}

/** Without the gateway's raw answer, which holds the buyer's name and address: that stays sealed. */
function discrepancyAnswer(discrepancy: StoredDiscrepancy): Static<typeof DiscrepancyAnswer> {
  const { resolution, resolvedAt } = discrepancy;
  const { raw: _, ...evidence } = discrepancy.evidence;
  return {
    id: discrepancy.id,
    kind: discrepancy.kind,
    merchant_uid: discrepancy.orderId,
    imp_uid: discrepancy.paymentId ?? null,
    evidence,
    opened_at: new Date(discrepancy.openedAt).toISOString(),
    resolved_at: resolvedAt === undefined ? null : new Date(resolvedAt).toISOString(),
    resolution:
      resolution === undefined
        ? null
        : { action: resolution.action, reason: resolution.reason, actor: resolution.actor },
  };
}
