import type { Emulator } from "../../src/emulator/emulator.ts";

/** The envelope as it came, with the bytes it came in. */
export interface ApiAnswer {
  readonly status: number;
  readonly code: number;
  readonly message: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into every kind of answer
  readonly response: any;
  readonly text: string;
  readonly headers: Headers;
}

export interface Api {
  get(path: string, headers?: Record<string, string>): Promise<ApiAnswer>;
  send(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
}

async function read(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  return { ...JSON.parse(text), status: response.status, text, headers: response.headers };
}

/** POST /users/getToken, as JSON. */
export async function getToken(
  emulator: Emulator,
  keys: { impKey?: string; impSecret?: string } = {},
): Promise<ApiAnswer> {
  const body = { imp_key: keys.impKey ?? emulator.impKey, imp_secret: keys.impSecret ?? emulator.impSecret };
  const headers = { "content-type": "application/json" };
  return read(
    await fetch(`${emulator.url}/users/getToken`, { method: "POST", headers, body: JSON.stringify(body) }),
  );
}

/** The REST API with a good token of the development merchant, or of the keys given. */
export async function openApi(
  emulator: Emulator,
  keys: { impKey?: string; impSecret?: string } = {},
): Promise<Api> {
  const { response } = await getToken(emulator, keys);
  const authorization = `Bearer ${response.access_token}`;
  return {
    get: async (path, headers = {}) =>
      read(await fetch(emulator.url + path, { headers: { authorization, ...headers } })),
    send: async (method, path, body) =>
      read(
        await fetch(emulator.url + path, {
          method,
          headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
          body: body === undefined ? null : JSON.stringify(body),
        }),
      ),
  };
}
