import { createAdmission } from "../../src/http/admission.ts";
import { buildApp } from "../../src/http/app.ts";
import type { TestDojang } from "./dojang.ts";

/** The router's own list of one side, `POST /payments/complete`, from its drawing of the tree. */
export async function listRoutes(
  { dojang }: TestDojang,
  { side, isSandbox }: { readonly side: "public" | "private"; readonly isSandbox: boolean },
): Promise<readonly string[]> {
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
