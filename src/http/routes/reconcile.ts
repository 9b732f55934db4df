import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import { DojangError } from "../../errors.ts";
import type { TaskRecord } from "../../storage/store.ts";
import { readWindow } from "../../usecases/read-window.ts";
import { type ReconcileRun, readReconcile, shareOf } from "../../usecases/reconcile-run.ts";
import { reconcileKey, startReconcile } from "../../usecases/start-reconcile.ts";
import { callerOf } from "../auth.ts";
import type { HttpDeps } from "../http-deps.ts";
import { Problem } from "../schemas.ts";
import { ReconcileAnswer, ReconcileBody } from "../task-schemas.ts";

const BODY_BYTES_MAX = 8 * 1024;
const Params = Type.Object({ id: Type.String() });

/** `POST /v1/reconcile` and `GET /v1/reconcile/{id}`. */
export async function reconcile(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  const answerOf = async (run: ReconcileRun) =>
    reconcileAnswer(run, await deps.store.readTask(reconcileKey(run.id)));

  typed.post(
    "/v1/reconcile",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "Compare a past time with the gateway's lists, and decide what differs",
        tags: ["Tasks"],
        body: ReconcileBody,
        response: {
          200: { ...ReconcileAnswer, description: "Under way already: it goes on" },
          202: { ...ReconcileAnswer, description: "Begun" },
          "4xx": Problem,
          "5xx": Problem,
        },
      },
    },
    async (request, reply) => {
      const { from, to, dry_run: isDryRun = false } = request.body;
      const reading = readWindow({ from, to }, deps.clock.now());
      if (reading.kind === "refused")
        throw new DojangError(
          "invalid_request",
          `Cannot read ${reading.field}: expected ${reading.expected}`,
        );
      const { run, isResumed } = await startReconcile(deps, {
        window: reading.window,
        isDryRun,
        actor: callerOf(request),
      });
      return reply.code(isResumed ? 200 : 202).send(await answerOf(run));
    },
  );

  typed.get(
    "/v1/reconcile/:id",
    {
      schema: {
        summary: "Read how far a comparison has come, and what it found",
        tags: ["Tasks"],
        params: Params,
        response: { 200: ReconcileAnswer, "4xx": Problem },
      },
    },
    async (request) => {
      const run = await readReconcile(deps, request.params.id);
      if (run === undefined) throw new DojangError("not_found", "There is no comparison under this id");
      return answerOf(run);
    },
  );
}

function reconcileAnswer(run: ReconcileRun, task: TaskRecord | undefined): Static<typeof ReconcileAnswer> {
  const { handedOver, ...counts } = run.counts;
  const isUnderWay = task?.state === "due" || task?.state === "leased";
  const found = Object.values(run.differences).reduce((sum, count) => sum + count, 0);
  return {
    id: run.id,
    from: rfc3339(run.window.from * 1000),
    to: rfc3339(run.window.to * 1000),
    dry_run: run.isDryRun,
    state: run.isDone ? "done" : isUnderWay ? "running" : "stopped",
    share: shareOf(run),
    counts: { ...counts, handed_over: handedOver },
    differences: { ...run.differences },
    findings: run.findings.map(({ orderId, paymentId, what }) => ({
      merchant_uid: orderId,
      imp_uid: paymentId,
      what,
    })),
    more_findings: found - run.findings.length,
    started_at: rfc3339(run.startedAt),
    ended_at: run.endedAt === undefined ? null : rfc3339(run.endedAt),
    tries: run.isDone ? 0 : (task?.tries ?? 0),
    last_error: run.isDone ? null : (task?.lastError ?? null),
  };
}

function rfc3339(at: number): string {
  return new Date(at).toISOString();
}
