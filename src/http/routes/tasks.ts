import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { type Static, Type } from "typebox";
import type { TaskKind } from "../../domain/decision.ts";
import { DojangError } from "../../errors.ts";
import type { TaskQuery, TaskRecord } from "../../storage/store.ts";
import { callerOf } from "../auth.ts";
import type { HttpDeps } from "../http-deps.ts";
import { PAGE_FIELDS, readChoice, readPageQuery } from "../page-query.ts";
import { Problem } from "../schemas.ts";
import { taskProgress } from "../task-progress.ts";
import { TaskAnswer, TaskList } from "../task-schemas.ts";

const STATES: readonly NonNullable<TaskQuery["state"]>[] = ["due", "leased", "done", "dead", "failing"];
const KIND_NAMES: Readonly<Record<TaskKind, true>> = {
  verify: true,
  look: true,
  sms: true,
  close_account: true,
  deliver: true,
  sweep: true,
  reconcile: true,
  prepare: true,
  refund: true,
  return_money: true,
  checkpoint: true,
};
const KINDS = Object.keys(KIND_NAMES) as TaskKind[];
const Params = Type.Object({ key: Type.String() });
const Query = Type.Object({
  state: Type.Optional(
    Type.String({ enum: [...STATES], description: "failing: the last run failed, and it is tried again" }),
  ),
  kind: Type.Optional(Type.String({ enum: KINDS })),
  merchant_uid: Type.Optional(Type.String()),
  ...PAGE_FIELDS,
});

/** `GET /v1/tasks` and `POST /v1/tasks/{key}/retry`: the work outside that orders wait for. */
export async function tasks(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();

  typed.get(
    "/v1/tasks",
    {
      schema: {
        summary: "List the work that Dojang does by itself, by key",
        tags: ["Tasks"],
        querystring: Query,
        response: { 200: TaskList, "4xx": Problem },
      },
    },
    async (request) => {
      const page = await deps.store.listTasks(readQuery(request.query));
      return { data: page.tasks.map(taskAnswer), next_cursor: page.nextCursor ?? null };
    },
  );

  typed.post(
    "/v1/tasks/:key/retry",
    {
      schema: {
        summary: "Try a task now that was given up or waits",
        tags: ["Tasks"],
        params: Params,
        response: { 202: TaskAnswer, "4xx": Problem, "5xx": Problem },
      },
    },
    async (request, reply) => {
      const { key } = request.params;
      const actor = callerOf(request);
      const act = { action: "task.retried", actor, subject: key, data: {} } as const;
      const isRetried = await deps.store.retryTask(key, { act });
      const task = await deps.store.readTask(key);
      if (task === undefined) throw new DojangError("not_found", "There is no task under this key");
      // A text that was sent must not be sent twice because somebody asked twice.
      if (!isRetried && task.state === "done")
        throw new DojangError("task_done", "Cannot try again: the task is done");
      return reply.code(202).send(taskAnswer(task));
    },
  );
}

function readQuery(query: unknown): TaskQuery {
  const { fields, page } = readPageQuery(query, ["state", "kind", "merchant_uid"]);
  const state = readChoice(fields.state, { name: "state", choices: STATES });
  const kind = readChoice(fields.kind, { name: "kind", choices: KINDS });
  const { merchant_uid: orderId } = fields;
  return {
    ...page,
    ...(state === undefined ? {} : { state }),
    ...(kind === undefined ? {} : { kind }),
    ...(orderId === undefined ? {} : { orderId }),
  };
}

function taskAnswer(task: TaskRecord): Static<typeof TaskAnswer> {
  const { key, kind, orderId, paymentId } = task;
  return {
    key,
    kind,
    merchant_uid: orderId ?? null,
    imp_uid: paymentId ?? null,
    ...taskProgress(task),
  };
}
