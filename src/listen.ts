import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Config } from "./config.ts";
import { createAdmission } from "./http/admission.ts";
import { buildApp, type Side } from "./http/app.ts";
import { openApiKeys } from "./http/auth.ts";
import type { HttpDeps } from "./http/http-deps.ts";
import type { PaymentSdk } from "./payment-sdk.ts";
import type { Deps } from "./usecases/deps.ts";

export interface Listening {
  readonly urls: { readonly url: string; readonly privateUrl: string };
  /** Takes nothing new and waits for the requests under way. */
  close(): Promise<void>;
}

interface Outside {
  readonly deps: Deps;
  readonly sdk: PaymentSdk | undefined;
  readonly moreOrigins: () => readonly string[];
  /** Its health alone, on a port of its own. */
  readonly isWorker: boolean;
}

/**
 * Listens: one server for both sides, or one each when a private port is set. The buyers' side, which answers `/readyz`, comes last: once
 * it answers, the shop's side is served too.
 *
 * @throws a listen error of the operating system; nothing listens then
 */
export async function listen(
  config: Config,
  { deps, sdk, moreOrigins, isWorker }: Outside,
): Promise<Listening> {
  const named = config.port === 0 ? "" : urlOf(config.host, config.port);
  let publicUrl = config.publicUrl ?? named;
  const http: HttpDeps = {
    deps,
    apiKeys: openApiKeys({ default: config.apiKey }, (hash) => deps.store.console.findApiKey(hash)),
    publicUrl: () => publicUrl,
    allowedOrigins: () => [...config.allowedOrigins, ...moreOrigins(), new URL(publicUrl).origin],
    ...(sdk === undefined ? {} : { sdk }),
    shopSign: config.shopSign,
    isSandbox: config.mode === "sandbox",
    trustedProxyHops: config.trustedProxyHops,
    admission: createAdmission(config.loadLimit),
    ...(config.rateLimit === undefined ? {} : { rateLimit: config.rateLimit }),
  };
  const apps: FastifyInstance[] = [];
  const urls: string[] = [];
  const close = async () => void (await Promise.all(apps.map((app) => app.close())));
  try {
    for (const { sides, port } of isWorker ? workerParts(config) : serverParts(config)) {
      const app = await buildApp(http, sides);
      apps.push(app);
      await app.listen({ host: config.host, port });
      const url = urlOf(config.host, (app.server.address() as AddressInfo).port);
      urls.push(url);
      if (publicUrl === "" && sides.includes("public")) publicUrl = url;
    }
  } catch (error) {
    await close();
    throw error;
  }
  const [privateUrl = "", url = privateUrl] = urls;
  return { urls: { url, privateUrl }, close };
}

interface Part {
  readonly sides: readonly Side[];
  readonly port: number;
}

function serverParts({ port, privatePort }: Config): readonly Part[] {
  if (privatePort === undefined) return [{ sides: ["public", "private"], port }];
  return [
    { sides: ["private"], port: privatePort },
    { sides: ["public"], port },
  ];
}

function workerParts({ workerPort }: Config): readonly Part[] {
  return [{ sides: ["health"], port: workerPort }];
}

function urlOf(host: string, port: number): string {
  const shown = host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${shown}:${port}`;
}
