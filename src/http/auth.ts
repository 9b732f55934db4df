import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { DojangError } from "../errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks: the id of the API key, or the operator's name. Set before any route of the shop's side runs. */
    callerId?: string;
  }
}

export interface ApiKeys {
  /** The id of the key that the request carries. @throws {DojangError} `unauthorized` */
  authenticate(request: FastifyRequest): Promise<string>;
}

/** What a key that was made here looks like. Anything else is not looked for. */
const MADE_HERE = /^djk_[A-Za-z0-9_-]{43}$/;

/**
 * Knows the keys of the settings and those made in the console. Digests of equal length are compared in constant time, so that nothing
 * is learned from how long a refusal takes.
 */
export function openApiKeys(
  keys: Readonly<Record<string, string>>,
  findApiKey: (hash: Uint8Array) => Promise<string | undefined>,
): ApiKeys {
  const known = Object.entries(keys).map(([id, key]) => ({ id, digest: digestOf(key) }));
  return {
    async authenticate(request) {
      const [scheme = "", key = "", ...rest] = (request.headers.authorization ?? "").split(" ");
      const digest = digestOf(key);
      const [match] = known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
      const isWellFormed = scheme.toLowerCase() === "bearer" && rest.length === 0;
      const id = match?.id ?? (isWellFormed && MADE_HERE.test(key) ? await findApiKey(digest) : undefined);
      if (isWellFormed && id !== undefined) return id;
      throw new DojangError("unauthorized", "Cannot authorize: expected Authorization: Bearer <api key>");
    },
  };
}

/** For what is written in the caller's name. */
export function callerOf({ callerId }: FastifyRequest): string {
  if (callerId === undefined)
    throw new Error("Invariant violated: a route of the shop's side ran without a caller");
  return callerId;
}

function digestOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
