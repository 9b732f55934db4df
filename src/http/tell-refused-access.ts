import type { FastifyRequest } from "fastify";
import type { DojangError, ErrorCode } from "../errors.ts";
import type { Log } from "../log.ts";

/** Somebody asked for what is not theirs. A session that is over is everyday, and guesses of passwords are told by `signIn`. */
const REFUSED_ACCESS: readonly ErrorCode[] = ["unauthorized", "role_required", "foreign_origin"];

/** Whoever watches the log sees who tries. The limit on requests bounds how many lines an address can cause. */
export function tellRefusedAccess(
  { code }: DojangError,
  { request, log }: { readonly request: FastifyRequest; readonly log: Log },
): void {
  if (!REFUSED_ACCESS.includes(code)) return;
  log.warn("access_refused", { code, route: request.routeOptions.url ?? "", address: request.ip });
}
