import type { FastifyReply, FastifyRequest } from "fastify";

/** A browser takes the first one over TLS alone, and from no other host of the same site. */
const SECURE_NAME = "__Host-dojang_console";
const PLAIN_NAME = "dojang_console";

/** Empty where there is none. */
export function readSessionId(request: FastifyRequest): string {
  return request.cookies[nameFor(request)] ?? "";
}

/** It ends with the browser; the server ends it earlier. */
export function setSessionId(request: FastifyRequest, reply: FastifyReply, sessionId: string): void {
  reply.setCookie(nameFor(request), sessionId, optionsFor(request));
}

export function clearSessionId(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(nameFor(request), optionsFor(request));
}

function nameFor({ protocol }: FastifyRequest): string {
  return protocol === "https" ? SECURE_NAME : PLAIN_NAME;
}

function optionsFor({ protocol }: FastifyRequest) {
  return { path: "/", httpOnly: true, sameSite: "strict", secure: protocol === "https" } as const;
}
