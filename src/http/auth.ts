import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { DojangError } from "../errors.ts";

export interface ApiKeys {
  /** The id of the key that the request carries. @throws {DojangError} `unauthorized` */
  authenticate(request: FastifyRequest): string;
}

/** Compares digests of equal length in constant time, so that nothing is learned from how long a refusal takes. */
export function openApiKeys(keys: Readonly<Record<string, string>>): ApiKeys {
  const known = Object.entries(keys).map(([id, key]) => ({ id, digest: digestOf(key) }));
  return {
    authenticate(request) {
      const [scheme = "", key = "", ...rest] = (request.headers.authorization ?? "").split(" ");
      const digest = digestOf(key);
      const matching = known.filter((candidate) => timingSafeEqual(candidate.digest, digest));
      const [match] = matching;
      if (scheme.toLowerCase() !== "bearer" || rest.length > 0 || match === undefined) {
        throw new DojangError("unauthorized", "Cannot authorize: expected Authorization: Bearer <api key>");
      }
      return match.id;
    },
  };
}

function digestOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
