import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A whole answer: pages are small and are kept in memory. */
export interface PageReply {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** What was built from web/emulator. */
const DIST = new URL("../../../dist/emulator/", import.meta.url);
export const ASSETS_FOLDER = fileURLToPath(new URL("assets/", DIST));

const SDK_PATHS = [
  "/v1/iamport.js",
  "/js/iamport.payment-1.1.5.js",
  "/js/iamport.payment-1.1.8.js",
  "/js/iamport.payment-1.2.0.js",
];
const WINDOW_PATHS = ["/window"];
const ADMIN_PATHS = ["/admin", "/admin/"];
const RECEIPT_PATHS = ["/receipt"];

/** The window may be framed by any shop; nothing else may be framed at all. No page runs a script in its text. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** Every page and script by its path, read once: no path from a request ever reaches the disk by these. */
export function staticFiles(): [path: string, reply: PageReply][] {
  const sdk = readFileSync(new URL("./iamport.js", import.meta.url));
  return [
    ...SDK_PATHS.map((path): [string, PageReply] => [path, sdkReply(sdk)]),
    ...WINDOW_PATHS.map((path): [string, PageReply] => [path, pageReply("window.html", "*")]),
    ...ADMIN_PATHS.map((path): [string, PageReply] => [path, pageReply("admin.html", "'none'")]),
    ...RECEIPT_PATHS.map((path): [string, PageReply] => [path, pageReply("receipt.html", "'none'")]),
  ];
}

/** A shop on any origin loads the SDK. */
function sdkReply(body: Buffer): PageReply {
  const type = "text/javascript; charset=utf-8";
  return {
    status: 200,
    headers: { ...headersOf(type, "'none'"), "cross-origin-resource-policy": "cross-origin" },
    body,
  };
}

function pageReply(name: string, frameAncestors: string): PageReply {
  return {
    status: 200,
    headers: headersOf("text/html; charset=utf-8", frameAncestors),
    body: readPage(name),
  };
}

function headersOf(type: string, frameAncestors: string): Record<string, string> {
  return {
    "content-type": type,
    "content-security-policy": `${POLICY}; frame-ancestors ${frameAncestors}`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  };
}

function readPage(name: string): Buffer {
  try {
    return readFileSync(new URL(name, DIST));
  } catch (cause) {
    throw new Error(`Cannot read the emulator's pages in ${DIST.pathname}: run node bin/prepare.mjs`, {
      cause,
    });
  }
}

export function jsonReply(status: number, value: unknown): PageReply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
    body: JSON.stringify(value),
  };
}
