import type { FastifyRequest } from "fastify";

export type PageLanguage = "ko" | "en";

const isLanguage = (tag: unknown): tag is PageLanguage => tag === "ko" || tag === "en";

/**
 * The language of a page: the one in its address, else the one that this browser chose before, else the first of Accept-Language that
 * there is. Who wants neither, nor says anything, gets Korean: these are Korean shops.
 */
export function preferredLanguage({
  query,
  headers,
}: Pick<FastifyRequest, "query" | "headers">): PageLanguage {
  const { lang } = query as Readonly<Record<string, unknown>>;
  if (isLanguage(lang)) return lang;
  const [, chosen] = /(?:^|;\s*)lang=(ko|en)(?:;|$)/.exec(headers.cookie ?? "") ?? [];
  if (isLanguage(chosen)) return chosen;
  return acceptedLanguage(headers["accept-language"] ?? "");
}

/** Source: RFC 9110, 12.5.4: languages with weights; without one it is 1, and 0 means none of it. */
function acceptedLanguage(header: string): PageLanguage {
  const wanted = header.split(",").flatMap((entry) => {
    const [tag = "", ...parameters] = entry.split(";").map((part) => part.trim());
    const language = tag.toLowerCase().split("-")[0];
    const weight = Number(parameters.find((part) => part.startsWith("q="))?.slice(2) ?? 1);
    return isLanguage(language) && weight > 0 ? [{ language, weight }] : [];
  });
  // Equal weights stay in the order in which they stand.
  return wanted.sort((one, other) => other.weight - one.weight)[0]?.language ?? "ko";
}
