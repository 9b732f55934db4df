import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";

let emulator: Emulator;
let dojang: TestDojang;
let split: TestDojang;
before(async () => {
  emulator = await startEmulator();
  dojang = await startTestDojang({ emulator });
  split = await startTestDojang({ emulator, env: { DOJANG_PRIVATE_PORT: "0" } });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await split[Symbol.asyncDispose]();
  await emulator.close();
});

/** Every route that is there for others, with whether it wants the shop's API key. */
const ROUTES: Readonly<Record<string, boolean>> = {
  "get /checkout/{merchant_uid}": false,
  "get /checkout/{merchant_uid}/state": false,
  "get /healthz": false,
  "get /payments/redirect": false,
  "get /readyz": false,
  "get /v1/audit": true,
  "get /v1/customers/{id}": true,
  "get /v1/deliveries": true,
  "get /v1/discrepancies": true,
  "get /v1/orders": true,
  "get /v1/orders/{merchant_uid}": true,
  "get /v1/orders/{merchant_uid}/audit": true,
  "get /v1/orders/{merchant_uid}/timeline": true,
  "get /v1/reports/daily": true,
  "get /v1/reconcile/{id}": true,
  "get /v1/tasks": true,
  "post /payments/complete": false,
  "post /payments/confirm": false,
  "post /v1/deliveries/{id}/retry": true,
  "post /v1/discrepancies/{id}/resolve": true,
  "post /v1/events/enable": true,
  "post /v1/events/test": true,
  "post /v1/orders": true,
  "post /v1/orders/{merchant_uid}/refunds": true,
  "post /v1/orders/{merchant_uid}/cancel": true,
  "post /v1/orders/{merchant_uid}/verify": true,
  "post /v1/reconcile": true,
  "post /v1/tasks/{key}/retry": true,
  "post /webhooks/iamport": false,
};

interface Operation {
  readonly summary?: string;
  readonly security?: readonly Record<string, unknown>[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema?: object }[];
  readonly requestBody?: { content: Record<string, { schema?: object }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema?: object }> }>;
}

function operationsOf(document: { paths: Record<string, Record<string, Operation>> }) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
  );
}

const documentOf = async (server: TestDojang) =>
  JSON.parse(await (await fetch(`${server.dojang.privateUrl}/openapi.json`)).text());

describe("GET /openapi.json", () => {
  test("is OpenAPI 3.1 and lists every route, once", async () => {
    const document = await documentOf(dojang);
    assert.equal(document.openapi, "3.1.0");
    assert.deepEqual(
      operationsOf(document)
        .map(({ name }) => name)
        .sort(),
      Object.keys(ROUTES).sort(),
    );
  });

  test("is the same document on a private port, buyers' routes included", async () => {
    assert.deepEqual(await documentOf(split), await documentOf(dojang));
  });

  test("says which routes want the API key", async () => {
    const document = await documentOf(dojang);
    assert.deepEqual(document.components.securitySchemes, { apiKey: { type: "http", scheme: "bearer" } });
    for (const { name, operation } of operationsOf(document)) {
      assert.deepEqual(operation.security, ROUTES[name] ? [{ apiKey: [] }] : undefined, name);
    }
  });

  test("names every path parameter, a summary and an answer of each route", async () => {
    for (const { name, path, operation } of operationsOf(await documentOf(dojang))) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const listed = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      assert.deepEqual(
        listed.map((parameter) => parameter.name),
        named,
        name,
      );
      assert.ok((operation.summary ?? "").length > 10, name);
      assert.ok(Object.keys(operation.responses).length > 0, name);
      for (const response of Object.values(operation.responses))
        assert.ok(response.description.length > 0, name);
    }
  });

  test("documents the query of the order list", async () => {
    const { paths } = await documentOf(dojang);
    const query = paths["/v1/orders"].get.parameters.map((parameter: { name: string }) => parameter.name);
    assert.deepEqual(query.sort(), ["cursor", "customer", "limit", "q", "status"]);
  });

  test("holds schemas of JSON Schema 2020-12 only, and no reference to elsewhere", async () => {
    const document = await documentOf(dojang);
    assert.equal(JSON.stringify(document).includes('"$ref"'), false);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const { name, operation } of operationsOf(document)) {
      const contents = [operation.requestBody, ...Object.values(operation.responses)];
      const schemas = contents.flatMap((one) =>
        Object.values(one?.content ?? {}).map(({ schema }) => schema),
      );
      for (const schema of schemas) if (schema !== undefined) assert.ok(ajv.compile(schema), name);
    }
  });

  test("describes the answers that are given", async () => {
    const document = await documentOf(dojang);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const schemaOf = (path: string, method: string, code: string) =>
      document.paths[path][method].responses[code].content["application/json"].schema;
    const order = await dojang.order({ customer: { id: "user-1" } });
    const validate = ajv.compile(schemaOf("/v1/orders", "post", "201"));
    assert.ok(validate(order.body), ajv.errorsText(validate.errors));
    const list = await dojang.request("GET", "/v1/orders");
    assert.ok(ajv.validate(schemaOf("/v1/orders", "get", "200"), list.body), ajv.errorsText());
    const customer = await dojang.request("GET", "/v1/customers/user-1");
    assert.ok(ajv.validate(schemaOf("/v1/customers/{id}", "get", "200"), customer.body), ajv.errorsText());
  });
});

describe("GET /docs", () => {
  test("is a page whose parts all load and that reads the whole document", async () => {
    const page = await fetch(`${split.dojang.privateUrl}/docs`);
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    const html = await page.text();
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part ?? "");
    assert.ok(parts.length >= 4, html);
    for (const part of parts) {
      const answer = await fetch(new URL(part, page.url));
      assert.equal(answer.status, 200, part);
      await answer.arrayBuffer();
    }
    const json = await (await fetch(`${split.dojang.privateUrl}/docs/json`)).json();
    assert.deepEqual(json, await documentOf(split));
  });

  test("runs only its own scripts", async () => {
    const { headers } = await fetch(`${dojang.url}/docs`);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /script-src 'self'/);
    assert.equal(/script-src[^;]*unsafe/.test(policy), false, policy);
  });
});
