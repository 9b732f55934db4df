import type { FastifyInstance } from "fastify";
import { createAdmission } from "../../src/http/admission.ts";
import { buildApp } from "../../src/http/app.ts";
import type { TestDojang } from "./dojang.ts";

interface Wanted {
  readonly side: "public" | "private";
  readonly isSandbox: boolean;
}

/** One side of a server, as `listen` builds it with nothing set. It does not listen; whoever asks for it closes it. */
export async function openSide(
  { dojang }: TestDojang,
  { side, isSandbox }: Wanted,
): Promise<FastifyInstance> {
  const http = {
    deps: dojang.deps,
    apiKeys: { authenticate: async () => "" },
    shopSign: {},
    publicUrl: () => "",
    allowedOrigins: () => [],
    isSandbox,
    trustedProxyHops: 0,
    rateLimit: "off",
    admission: createAdmission("off"),
  } as const;
  const app = await buildApp(http, [side]);
  await app.ready();
  return app;
}

/** The router's own list of one side, `POST /payments/complete`, from its drawing of the tree. */
export async function listRoutes(dojang: TestDojang, wanted: Wanted): Promise<readonly string[]> {
  const app = await openSide(dojang, wanted);
  const routes: string[] = [];
  const parts: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split("\n")) {
    const [, indent = "", part = "", methods = ""] = /^([\s│]*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? [];
    parts.length = indent.length / 4;
    parts.push(part);
    for (const method of methods.split(", ").filter((name) => name !== ""))
      routes.push(`${method} ${parts.join("")}`);
  }
  await app.close();
  return routes.toSorted();
}
