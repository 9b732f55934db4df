import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { DojangError } from "../../errors.ts";
import { changePassword } from "../../usecases/operators.ts";
import { type SignedIn, signIn } from "../../usecases/sign-in.ts";
import type { HttpDeps } from "../http-deps.ts";
import { Closed } from "../schema-parts.ts";
import { signedInOf } from "./guard.ts";
import { clearSessionId, setSessionId } from "./session-cookie.ts";

/** Longer ones are refused before they are looked at: a hash of megabytes is work. */
const Secret = Type.String({ minLength: 1, maxLength: 600 });
const SignInBody = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 100 }), password: Secret },
  Closed,
);
const PasswordBody = Type.Object({ current: Secret, next: Secret }, Closed);

/** Who is signed in, and how that begins and ends. */
export async function sessionRoutes(app: FastifyInstance, { deps, isSandbox }: HttpDeps): Promise<void> {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  const answer = ({ operator, expiresAt }: Pick<SignedIn, "operator" | "expiresAt">) => ({
    name: operator.name,
    role: operator.role,
    must_change_password: operator.mustChange,
    expires_at: new Date(expiresAt).toISOString(),
    sandbox: isSandbox,
  });

  typed.get("/session", { config: { role: "newcomer" } }, async (request) => answer(signedInOf(request)));

  typed.post(
    "/session",
    { config: { role: "anyone" }, schema: { body: SignInBody } },
    async (request, reply) => {
      const outcome = await signIn(deps, { ...request.body, address: request.ip });
      if (outcome.kind === "too_many") {
        reply.header("retry-after", String(Math.ceil(outcome.retryAfterMs / 1000)));
        throw new DojangError("too_many_sign_ins", "Too many tries from here or for this name");
      }
      if (outcome.kind === "refused")
        throw new DojangError("sign_in_refused", "The name or the password is not right");
      setSessionId(request, reply, outcome.sessionId);
      const { operator, expiresAt } = outcome;
      return reply.code(201).send(answer({ operator, expiresAt }));
    },
  );

  typed.post("/session/end", { config: { role: "newcomer" } }, async (request, reply) => {
    await deps.store.console.endSession(signedInOf(request).sessionHash);
    clearSessionId(request, reply);
    return reply.code(204).send();
  });

  typed.post("/session/end-all", { config: { role: "newcomer" } }, async (request, reply) => {
    const { name } = signedInOf(request).operator;
    const act = { action: "operator.signed_out_everywhere", actor: name, subject: name, data: {} } as const;
    await deps.store.console.endSessions(name, act);
    clearSessionId(request, reply);
    return reply.code(204).send();
  });

  typed.post(
    "/session/password",
    { config: { role: "newcomer" }, schema: { body: PasswordBody } },
    async (request, reply) => {
      const { operator, sessionHash: session } = signedInOf(request);
      const outcome = await changePassword(deps, { operator, session, ...request.body });
      if (outcome.kind === "wrong_password")
        throw new DojangError("sign_in_refused", "The password that you have now is not right");
      if (outcome.kind === "too_many")
        throw new DojangError("too_many_sign_ins", "Too many tries of the present password");
      if (outcome.kind === "weak")
        throw new DojangError("weak_password", `Cannot take the new password: ${outcome.expected}`);
      return reply.code(204).send();
    },
  );
}
