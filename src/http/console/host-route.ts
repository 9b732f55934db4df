import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { DojangError } from "../../errors.ts";
import { runHostCommand } from "../../usecases/host-command.ts";
import type { HttpDeps } from "../http-deps.ts";
import { decodeUtf8, parseJsonObject } from "../json-body.ts";
import { Closed, sayingLine } from "../schema-parts.ts";

const BODY_BYTES_MAX = 1024;
const Name = Type.String({ maxLength: 200 });
const Role = Type.Union([Type.Literal("viewer"), Type.Literal("operator"), Type.Literal("admin")]);
const kind = (...names: readonly [string, ...string[]]) => Type.String({ enum: [...names] });
const Command = Type.Union([
  Type.Object({ kind: kind("add", "role"), name: Name, role: Role }, Closed),
  Type.Object({ kind: kind("disable", "enable", "password"), name: Name }, Closed),
  Type.Object({ kind: kind("list", "list_keys") }, Closed),
  Type.Object({ kind: kind("add_key"), name: sayingLine(60) }, Closed),
  Type.Object({ kind: kind("revoke_key"), id: Name }, Closed),
]);

/**
 * `POST /console/host`: `dojang operator` and `dojang key` at a server that holds the database. Not for browsers, and not for API keys: it takes the
 * data key to be heard here.
 */
export async function hostRoute(app: FastifyInstance, { deps }: HttpDeps): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  app.post("/console/host", { bodyLimit: BODY_BYTES_MAX, schema: { hide: true } }, async (request) => {
    const body = request.body as Buffer;
    const [scheme, proof = ""] = (request.headers.authorization ?? "").split(" ");
    if (scheme !== "Dojang" || !deps.hostProof.matches(proof, decodeUtf8(body), deps.clock.now()))
      throw new DojangError(
        "unauthorized",
        "Expected a proof made with the server's data key, less than a minute ago",
      );
    const command: unknown = JSON.parse(JSON.stringify(parseJsonObject("", body)));
    if (!request.validateInput(command, Command))
      throw new DojangError("invalid_request", "Cannot read the command");
    const { isDone, lines } = await runHostCommand(deps, command as Parameters<typeof runHostCommand>[1]);
    return { done: isDone, lines };
  });
}
