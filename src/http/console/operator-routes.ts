import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { DojangError } from "../../errors.ts";
import type { Operator, StoredApiKey } from "../../storage/store.ts";
import { issueApiKey } from "../../usecases/issue-api-key.ts";
import { addOperator, changeOperator, resetPassword } from "../../usecases/operators.ts";
import { callerOf } from "../auth.ts";
import type { HttpDeps } from "../http-deps.ts";
import { Closed, sayingLine } from "../schema-parts.ts";

const ADMIN = { role: "admin" } as const;
const Role = Type.Union([Type.Literal("viewer"), Type.Literal("operator"), Type.Literal("admin")]);
const AddBody = Type.Object({ name: Type.String({ maxLength: 100 }), role: Role }, Closed);
const ChangeBody = Type.Object(
  { role: Type.Optional(Role), disabled: Type.Optional(Type.Boolean()) },
  { ...Closed, minProperties: 1 },
);
const KeyBody = Type.Object({ name: sayingLine(60) }, Closed);
const ByName = Type.Object({ name: Type.String() });

/** Who may sign in, and which keys the shop's servers have: an admin's alone. */
export async function operatorRoutes(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();

  typed.get("/operators", { config: ADMIN }, async () => ({
    data: (await deps.store.console.listOperators()).map(operatorAnswer),
  }));

  typed.post("/operators", { config: ADMIN, schema: { body: AddBody } }, async (request, reply) => {
    const { name, role } = request.body;
    const outcome = await addOperator(deps, { name, role, actor: callerOf(request) });
    if (outcome.kind === "exists")
      throw new DojangError("operator_exists", "There is an operator of this name");
    if (outcome.kind === "bad_name")
      throw new DojangError("invalid_operator_name", `Cannot read name: expected ${outcome.expected}`);
    return reply.code(201).send({ name, role, password: outcome.password });
  });

  typed.post(
    "/operators/:name",
    { config: ADMIN, schema: { params: ByName, body: ChangeBody } },
    async (request, reply) => {
      const { role, disabled } = request.body;
      const outcome = await changeOperator(deps, {
        name: request.params.name,
        actor: callerOf(request),
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { isDisabled: disabled }),
      });
      if (outcome === "not_found") throw unknownOperator();
      if (outcome === "last_admin")
        throw new DojangError("last_admin", "Make another operator an admin first");
      return reply.code(204).send();
    },
  );

  typed.post("/operators/:name/password", { config: ADMIN, schema: { params: ByName } }, async (request) => {
    const password = await resetPassword(deps, { name: request.params.name, actor: callerOf(request) });
    if (password === undefined) throw unknownOperator();
    return { password };
  });
}

/** Keys beside the one of the settings. */
export async function apiKeyRoutes(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();

  typed.get("/api-keys", { config: ADMIN }, async () => ({
    data: (await deps.store.console.listApiKeys()).map(apiKeyAnswer),
  }));

  typed.post("/api-keys", { config: ADMIN, schema: { body: KeyBody } }, async (request, reply) => {
    const { apiKey, secret } = await issueApiKey(deps, { name: request.body.name, actor: callerOf(request) });
    return reply.code(201).send({ ...apiKeyAnswer(apiKey), secret });
  });

  typed.post(
    "/api-keys/:id/revoke",
    { config: ADMIN, schema: { params: Type.Object({ id: Type.String() }) } },
    async (request, reply) => {
      const { id } = request.params;
      const act = { action: "api_key.revoked", actor: callerOf(request), subject: id, data: {} } as const;
      const isRevoked = await deps.store.console.revokeApiKey(id, { at: deps.clock.now(), act });
      if (!isRevoked) throw new DojangError("not_found", "There is no such key, or it was revoked before");
      return reply.code(204).send();
    },
  );
}

function unknownOperator(): DojangError {
  return new DojangError("not_found", "There is no operator of this name");
}

function operatorAnswer(operator: Operator) {
  const { name, role, mustChange, createdAt, passwordChangedAt, disabledAt } = operator;
  return {
    name,
    role,
    must_change_password: mustChange,
    created_at: new Date(createdAt).toISOString(),
    password_changed_at: new Date(passwordChangedAt).toISOString(),
    disabled_at: disabledAt === undefined ? null : new Date(disabledAt).toISOString(),
  };
}

function apiKeyAnswer({ id, name, createdAt, createdBy, revokedAt }: StoredApiKey) {
  return {
    id,
    name,
    created_at: new Date(createdAt).toISOString(),
    created_by: createdBy,
    revoked_at: revokedAt === undefined ? null : new Date(revokedAt).toISOString(),
  };
}
