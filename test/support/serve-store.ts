import type { AddressInfo } from "node:net";
import { createAdmission } from "../../src/http/admission.ts";
import { buildApp } from "../../src/http/app.ts";
import { openApiKeys } from "../../src/http/auth.ts";
import type { Store } from "../../src/storage/store.ts";
import { TEST_API_KEY, type TestDojang } from "./dojang.ts";

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  readonly body: any;
}

export interface Served extends AsyncDisposable {
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answered>;
}

/** The same server on another store: one whose disk a test can make fail. It runs no tasks. */
export async function serveStore(dojang: TestDojang, store: Store): Promise<Served> {
  const http = {
    deps: { ...dojang.dojang.deps, store },
    apiKeys: openApiKeys({ default: TEST_API_KEY }, (hash) => store.console.findApiKey(hash)),
    publicUrl: () => dojang.url,
    allowedOrigins: () => [],
    shopSign: {},
    isSandbox: true,
    trustedProxyHops: 0,
    rateLimit: "off",
    admission: createAdmission("off"),
  } as const;
  const app = await buildApp(http, ["public", "private"]);
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    async ask(method, path, body, more = {}) {
      const headers = {
        authorization: `Bearer ${TEST_API_KEY}`,
        "content-type": "application/json",
        ...more,
      };
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...init });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}
