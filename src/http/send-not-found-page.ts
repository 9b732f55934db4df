import type { FastifyReply, FastifyRequest } from "fastify";
import type { HttpDeps } from "./http-deps.ts";
import { pageHeaders } from "./page-headers.ts";
import { openPages } from "./pages.ts";
import { preferredLanguage } from "./preferred-language.ts";

const { plain } = pageHeaders(undefined);

/** One page for every order that is not here, whatever was asked for. */
export async function sendNotFoundPage(
  { shopSign }: HttpDeps,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const pages = await openPages();
  return reply
    .code(404)
    .headers(plain)
    .type("text/html; charset=utf-8")
    .send(pages.notFound(shopSign, preferredLanguage(request)));
}
