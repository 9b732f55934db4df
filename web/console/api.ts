/** A problem that the server answered with, or that it could not be reached (`code` is then empty). */
export class Refusal extends Error {
  readonly code: string;
  constructor(code: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

interface Asked {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The page asks by itself: it keeps nobody signed in. */
  readonly isByItself?: boolean;
}

const API = "/console/api";
const OVER = new EventTarget();

/** Calls when the server no longer knows who is signed in. @returns what ends it */
export function onSessionOver(listener: () => void): () => void {
  OVER.addEventListener("over", listener);
  return () => OVER.removeEventListener("over", listener);
}

/** @throws {Refusal} */
export async function ask<Answer>(method: "GET" | "POST", path: string, asked: Asked = {}): Promise<Answer> {
  const response = await send(method, path, asked);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** Has the browser keep what the server answers as a file. @throws {Refusal} */
export async function download(path: string, body: unknown): Promise<void> {
  const response = await send("POST", path, { body });
  const [, name = "orders.csv"] =
    /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "") ?? [];
  const url = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

async function send(method: string, path: string, { body, headers, isByItself }: Asked): Promise<Response> {
  const response = await fetch(API + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(isByItself ? { "x-dojang-by-itself": "1" } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new Refusal("", "", { cause });
  });
  if (response.ok) return response;
  const { code = "", detail = "" } = (await response.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
  };
  if (code === "session_required") OVER.dispatchEvent(new Event("over"));
  throw new Refusal(code, detail);
}
