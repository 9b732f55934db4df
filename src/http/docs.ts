import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

/** `/openapi.json`, made from the routes' own schemas, and `/docs`, a page that reads it. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Dojang",
        version: "0.1.0",
        description:
          "Verifies i'mport payments against the order of record and records them, once. Amounts are JSON numbers in major units.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: { securitySchemes: { apiKey: { type: "http", scheme: "bearer" } } },
      tags: [
        { name: "Orders" },
        { name: "Customers" },
        { name: "Buyer's browser" },
        { name: "i'mport" },
        { name: "Health" },
      ],
    },
  });
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: true,
    uiConfig: { deepLinking: true, tryItOutEnabled: false },
  });
}
