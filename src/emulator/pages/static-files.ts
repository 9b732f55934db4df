import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";

/** A whole answer: pages are small and are kept in memory. */
export interface PageReply {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

const FOLDER = new URL("./static/", import.meta.url);
/** Read once, at the start: no path from a request ever reaches the disk. */
const FILES = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER))]));

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

const ROUTES: Record<string, string> = {
  "/v1/iamport.js": "iamport.js",
  "/js/iamport.payment-1.1.5.js": "iamport.js",
  "/js/iamport.payment-1.1.8.js": "iamport.js",
  "/js/iamport.payment-1.2.0.js": "iamport.js",
  "/window": "window.html",
  "/window/assets/window.css": "window.css",
  "/window/assets/window.js": "window.js",
  "/admin": "admin.html",
  "/admin/": "admin.html",
  "/admin/assets/admin.css": "admin.css",
  "/admin/assets/admin.js": "admin.js",
};

/** The window may be framed by any shop; nothing else may be framed at all. No page runs a script in its text. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** Every page and file by its path. */
export function staticFiles(): [path: string, reply: PageReply][] {
  return Object.entries(ROUTES).map(([path, name]) => [path, fileReply(name)]);
}

function fileReply(name: string): PageReply {
  const body = FILES.get(name);
  if (body === undefined) throw new Error(`Cannot serve ${name}: it is not in ${FOLDER.pathname}`);
  return {
    status: 200,
    headers: {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "content-security-policy": `${POLICY}; frame-ancestors ${name === "window.html" ? "*" : "'none'"}`,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
      // A shop on any origin loads the SDK.
      ...(name === "iamport.js" ? { "cross-origin-resource-policy": "cross-origin" } : {}),
    },
    body,
  };
}

export function jsonReply(status: number, value: unknown): PageReply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
    body: JSON.stringify(value),
  };
}
