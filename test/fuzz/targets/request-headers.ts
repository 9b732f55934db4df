import cookies from "@fastify/cookie";
import fc from "fast-check";
import Fastify, { type FastifyRequest } from "fastify";
import { DojangError } from "../../../src/errors.ts";
import { readSessionId } from "../../../src/http/console/session-cookie.ts";
import { readIdempotencyKey } from "../../../src/http/idempotency-key.ts";
import { preferredLanguage } from "../../../src/http/preferred-language.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

const app = Fastify();
await app.register(cookies);

/** What is read of headers: the session's cookie, the idempotency key, the language. Three headers, one a line. */
export const requestHeaders: FuzzTarget = {
  name: "request-headers",
  sources: [
    "/src/http/console/session-cookie.ts",
    "/src/http/preferred-language.ts",
    "/src/http/idempotency-key.ts",
    "/cookie/",
  ],
  seeds: [
    "dojang_console=abc; lang=en\nkey-1\nen-US,ko;q=0.8",
    '__Host-dojang_console="x"; dojang_console=%41\n\nko;q=0, en;q=0.1',
    "a=b; dojang_console=1; dojang_console=2\n\u007f\n*;q=1",
  ],
  dictionary: [
    "dojang_console=",
    "__Host-dojang_console=",
    "; ",
    "lang=",
    "ko",
    "en",
    ";q=",
    "0.",
    ",",
    "%",
    "__proto__=",
    '"',
    "=",
    "\n",
  ],
  grammar: fc
    .tuple(fc.webQueryParameters(), fc.string(), fc.string())
    .map(([query, key, language]) =>
      [`dojang_console=${query}`, key.replaceAll("\n", ""), language.replaceAll("\n", "")].join("\n"),
    ),
  run(input) {
    // Headers are Latin-1, as Node.js gives them; these two it never lets through.
    const text = input.toString("latin1").replaceAll("\r", "").replaceAll("\0", "");
    const [cookie = "", idempotency = "", language = ""] = text.split("\n");
    const headers = { cookie, "idempotency-key": idempotency, "accept-language": language };
    const request = {
      headers,
      cookies: app.parseCookie(cookie),
      protocol: "http",
      query: {},
      callerId: "default",
    };
    const asked = request as unknown as FastifyRequest;
    const session = readSessionId(asked);
    const written = valuesOf(cookie, "dojang_console");
    expect(
      written.includes(session) || (session === "" && written.length === 0),
      "readSessionId() reads another cookie",
      () => [cookie, session],
    );
    const lang = preferredLanguage(asked);
    expect(lang === "ko" || lang === "en", "preferredLanguage() names another", () => lang);
    return `${session === ""} ${lang} ${idempotencyKind(asked, idempotency)} ${Object.keys(request.cookies).length}`;
  },
};

function idempotencyKind(request: FastifyRequest, text: string): string {
  const isKey = text.length >= 1 && text.length <= 255 && [...text].every((one) => one >= "!" && one <= "~");
  try {
    const key = readIdempotencyKey(request);
    expect(isKey && key?.key === text, "readIdempotencyKey() reads another key", () => text);
    return "key";
  } catch (error) {
    if (!(error instanceof DojangError) || error.code !== "invalid_idempotency_key") throw error;
    expect(!isKey, "readIdempotencyKey() refuses a key", () => text);
    return "refused";
  }
}

/** Every value that the header gives the name, as written and unescaped. */
function valuesOf(header: string, name: string): readonly string[] {
  return header.split(";").flatMap((part) => {
    const at = part.indexOf("=");
    if (at < 0 || trimmed(part.slice(0, at)) !== name) return [];
    const value = trimmed(part.slice(at + 1));
    const bare = value.startsWith('"') ? value.slice(1, -1) : value;
    return [bare, value, unescaped(bare)];
  });
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without the blanks of HTTP. Source: RFC 9110, 5.6.3. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}
