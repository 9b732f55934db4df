import type { OperatorRole } from "../../src/storage/store.ts";
import { addOperator } from "../../src/usecases/operators.ts";
import type { Answer, TestDojang } from "./dojang.ts";

export const OPERATOR_PASSWORD = "correct horse battery 9";

export interface Console {
  readonly name: string;
  /** Asks under /console/api as the console's page does, signed in. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** The Cookie header. */
  readonly cookie: string;
}

interface AskOptions {
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly headers?: Record<string, string>;
}

/** What the page's requests carry. */
export function pageHeaders(dojang: TestDojang): Record<string, string> {
  return { origin: new URL(dojang.dojang.privateUrl).origin, "sec-fetch-site": "same-origin" };
}

export function askConsole(
  dojang: TestDojang,
  method: string,
  { path, cookie, ...options }: AskOptions & { readonly path: string; readonly cookie?: string },
): Promise<Answer> {
  const headers = { ...pageHeaders(dojang), ...(cookie === undefined ? {} : { cookie }), ...options.headers };
  return dojang.request(method, `/console/api${path}`, { ...options, isShop: false, headers });
}

export const cookieOf = (answer: Answer) => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

export function postSession(
  dojang: TestDojang,
  { name, password, headers = {} }: { name: string; password: string; headers?: Record<string, string> },
): Promise<Answer> {
  return askConsole(dojang, "POST", { path: "/session", body: { name, password }, headers });
}

/** Makes an operator whose password is its own by now. */
export async function makeOperator(dojang: TestDojang, name: string, role: OperatorRole): Promise<void> {
  const { deps } = dojang.dojang;
  const added = await addOperator(deps, { name, role, actor: "host" });
  if (added.kind !== "added") throw new Error(`Cannot add ${name}: ${added.kind}`);
  const first = cookieOf(await postSession(dojang, { name, password: added.password }));
  const body = { current: added.password, next: OPERATOR_PASSWORD };
  const changed = await askConsole(dojang, "POST", { path: "/session/password", cookie: first, body });
  if (changed.status !== 204) throw new Error(`Cannot change the password: ${changed.text}`);
}

/** Makes an operator and signs it in. */
export async function signedIn(
  dojang: TestDojang,
  role: OperatorRole,
  name: string = role,
): Promise<Console> {
  await makeOperator(dojang, name, role);
  return signInAgain(dojang, name);
}

export async function signInAgain(dojang: TestDojang, name: string): Promise<Console> {
  const answer = await postSession(dojang, { name, password: OPERATOR_PASSWORD });
  if (answer.status !== 201) throw new Error(`Cannot sign in: ${answer.text}`);
  const cookie = cookieOf(answer);
  return {
    name,
    cookie,
    ask: (method, path, options) => askConsole(dojang, method, { ...options, path, cookie }),
  };
}
