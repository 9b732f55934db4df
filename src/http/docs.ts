import swagger, { type StaticDocumentSpec } from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import Fastify, { type FastifyInstance } from "fastify";

type Document = StaticDocumentSpec["document"];

/**
 * The OpenAPI document of all routes, made from their own schemas. They are registered once more, in a server that never
 * listens, because the one that shows the document may serve only a part of them.
 */
export async function describeRoutes(addRoutes: (app: FastifyInstance) => Promise<void>): Promise<Document> {
  const app = Fastify();
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
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
        { name: "Discrepancies" },
        { name: "Events" },
        { name: "Audit" },
        { name: "Reports" },
        { name: "Tasks" },
        { name: "Buyer's browser" },
        { name: "i'mport" },
        { name: "Health" },
      ],
    },
  });
  await addRoutes(app);
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document as Document;
}

/** The page draws its marks with inline styles and data images; it loads nothing from elsewhere, over http or https. */
const DOCS_CSP =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const YAML = "application/x-yaml";

/** `/openapi.json`, and `/docs`, a page that reads it. */
export async function registerDocs(app: FastifyInstance, document: Document): Promise<void> {
  await app.register(swagger, { mode: "static", specification: { document } });
  app.get("/openapi.json", { schema: { hide: true } }, async () => document);
  // biome-ignore lint/nursery/noMisusedPromises: Fastify awaits plugins that return a promise
  await app.register(async (scope) => {
    scope.addHook("onSend", async (_request, reply) => {
      // The plugin names no charset of the document's other spelling.
      if (reply.getHeader("content-type") === YAML) reply.header("content-type", `${YAML}; charset=utf-8`);
    });
    await scope.register(swaggerUi, {
      routePrefix: "/docs",
      staticCSP: DOCS_CSP,
      uiConfig: { deepLinking: true, tryItOutEnabled: false, layout: "BaseLayout" },
      theme: { title: "Dojang API" },
    });
  });
}
