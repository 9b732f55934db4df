import type { FastifyRequest } from "fastify";
import { DojangError } from "../errors.ts";
import { callerOf } from "./auth.ts";

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The caller's name for one intent, with the API key that it belongs to; undefined when there is none.
 *
 * @throws {DojangError} `invalid_idempotency_key`
 */
export function readIdempotencyKey(
  request: FastifyRequest,
): { readonly apiKeyId: string; readonly key: string } | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key !== "string" || !IDEMPOTENCY_KEY.test(key)) throw invalidKey("Cannot read Idempotency-Key");
  return { apiKeyId: callerOf(request), key };
}

export function invalidKey(what: string): DojangError {
  return new DojangError("invalid_idempotency_key", `${what}: expected 1 to 255 visible ASCII characters`);
}
