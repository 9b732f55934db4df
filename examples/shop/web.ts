import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";
import { DojangError } from "./dojang.ts";
import { isStaff } from "./staff-sign-in.ts";

type Handler = (request: IncomingMessage, params: Record<string, string>) => Promise<unknown>;

export type Route = [method: string, path: RegExp, handler: Handler];

/** A request that the shop refuses, with a word that its pages know. */
export class ShopError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

const FOLDER = new URL("./public/", import.meta.url);
/** Every file is read once, at the start: no path from a request ever reaches the disk. */
const FILES = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER))]));
const PAGES: Record<string, string> = {
  "/": "index.html",
  "/checkout": "checkout.html",
  "/result": "result.html",
  "/orders": "orders.html",
  "/staff": "staff.html",
};
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  site: { url: string; routes: Route[]; headers: Record<string, string>; staffPassword?: string };
}

/** Answers one request: a page, a file, or one of the routes. */
export async function answer({ request, response, site }: Exchange): Promise<void> {
  const { headers, routes } = site;
  const { pathname } = new URL(request.url ?? "/", site.url);
  if (request.method === "GET" && isOtherName(request.headers.host ?? "", site.url)) {
    // Dojang and the cookie know this shop by one origin: localhost and 127.0.0.1 are two.
    response.writeHead(307, { location: `${site.url}${pathname}` }).end();
    return;
  }
  if (/^\/(?:api\/)?staff(?:\/|$)/.test(pathname)) {
    // Without a password there is no staff page at all.
    if (site.staffPassword === undefined) return answerWithFile({ request, response, site }, "/404");
    if (!isStaff(request, site.staffPassword)) {
      response
        .writeHead(401, { ...headers, "www-authenticate": 'Basic realm="staff", charset="UTF-8"' })
        .end();
      return;
    }
  }
  if (!pathname.startsWith("/api/")) return answerWithFile({ request, response, site }, pathname);
  const customer = customerOf(request);
  let status = 404;
  let body: unknown = { error: "page_not_found" };
  for (const [method, path, handler] of routes) {
    const match = path.exec(pathname);
    if (!match || method !== request.method) continue;
    [status, body] = await handler(request, { ...match.groups, customerId: customer.id }).then(
      (value): [number, unknown] => [200, value],
      failureOf,
    );
  }
  response.writeHead(status, {
    ...headers,
    ...customer.headers,
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  });
  response.end(JSON.stringify(body));
}

const NAMES_OF_THIS_MACHINE = ["localhost", "127.0.0.1", "[::1]"];

function isOtherName(host: string, siteUrl: string): boolean {
  const site = new URL(siteUrl);
  return NAMES_OF_THIS_MACHINE.some((name) => name !== site.hostname && host === `${name}:${site.port}`);
}

function answerWithFile({ request, response, site }: Exchange, pathname: string): void {
  const name = PAGES[pathname] ?? pathname.replace(/^\/assets\//, "");
  const isRead = request.method === "GET" || request.method === "HEAD";
  const file = isRead ? FILES.get(name) : undefined;
  const type = file ? extname(name) : ".html";
  response.writeHead(file ? 200 : 404, {
    ...site.headers,
    ...(type === ".html" ? customerOf(request).headers : {}),
    "content-type": TYPES[type] ?? "text/plain",
  });
  response.end(file ?? FILES.get("404.html"));
}

/** What went wrong, told so that the page can say it. Dojang's own words stay in the log. */
function failureOf(error: unknown): [status: number, body: unknown] {
  if (error instanceof ShopError) return [error.status, { error: error.code }];
  console.error("shop:", error instanceof Error ? error.message : error);
  if (!(error instanceof DojangError)) return [500, { error: "shop_failed" }];
  // "not_found" here is Dojang's address, not the order: its /v1 is on another port.
  return [502, { error: error.code === "not_found" ? "dojang_not_understood" : error.code }];
}

/** The buyer, by a cookie that nobody can guess. A real shop has a login here. */
function customerOf(request: IncomingMessage): { id: string; headers: Record<string, string> } {
  const known = /(?:^|;\s*)customer=(c_[0-9a-f]{32})(?:;|$)/.exec(request.headers.cookie ?? "")?.[1];
  if (known) return { id: known, headers: {} };
  const id = `c_${randomBytes(16).toString("hex")}`;
  return {
    id,
    headers: { "set-cookie": `customer=${id}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax` },
  };
}

/** Only our own scripts and the payment SDK run here; a script in a product's name would not. */
export function securityHeaders({
  sdkUrl,
  dojangUrl,
}: {
  sdkUrl: string;
  dojangUrl: string;
}): Record<string, string> {
  const sdk = new URL(sdkUrl).origin;
  const dojang = new URL(dojangUrl).origin;
  return {
    "content-security-policy":
      `default-src 'none'; script-src 'self' ${sdk}; frame-src ${sdk}; connect-src 'self' ${dojang}; ` +
      "style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
  };
}

/** A JSON body of at most 8 KB. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
    throw new ShopError(400, "json_expected");
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 8192) throw new ShopError(413, "request_too_large");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ShopError(400, "json_expected");
  }
}
