import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import AjvDraft04 from "ajv-draft-04";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { getToken, openApi } from "./call-api.ts";

// Goal: every kind of answer has the shape that the vendor's own schema gives it. Method: make each call in each
// outcome, find its definition by method, path and status in the Swagger file, and validate.
//
// The schema is stricter, and laxer, than the real service; these rules bridge the gap:
// 1. What is not required may be null: real bodies carry null in every absent text (docs/iamport-v1.md 4).
// 2. A `required` name that the definition does not define is a slip of the schema (prepare asks for `total`).
// 3. Lengths are texts in the file ("32") and are read as numbers.
// 4. An object with defined properties has no others: a misspelt field must not pass as an extra one.
// 5. Statuses without a schema (400, 401, 404, 405) carry the bare envelope with a null response.

// The file comes with the official Node client's source (docs/iamport-v1.md 0) and is not copied here.
const SCHEMA = new URL("../../../shared/facts/v1.openapi.json", import.meta.url);
const skip = existsSync(SCHEMA) ? false : "no ../shared/facts/v1.openapi.json beside this repository";

type Json = Record<string, unknown>;

function bridged(definition: Json): Json {
  const properties = (definition["properties"] ?? {}) as Record<string, Json>;
  const required = ((definition["required"] ?? []) as string[]).filter((name) => name in properties);
  const out: Json = {};
  for (const [name, schema] of Object.entries(properties)) {
    const plain = bridgedProperty(schema);
    out[name] = required.includes(name) ? plain : { anyOf: [plain, { type: "null" }] };
  }
  const isClosed = Object.keys(properties).length > 0;
  return {
    type: "object",
    properties: out,
    ...(required.length > 0 ? { required } : {}),
    ...(isClosed ? { additionalProperties: false } : {}),
  };
}

function bridgedProperty(schema: Json): Json {
  const { $ref, type, items, maxLength } = schema;
  if ($ref !== undefined) return { $ref };
  return {
    ...(type === undefined ? {} : { type: String(type).toLowerCase() }),
    ...(maxLength === undefined ? {} : { maxLength: Number(maxLength) }),
    ...(items === undefined ? {} : { items: bridgedProperty(items as Json) }),
  };
}

interface Spec {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { schema?: { $ref: string } }> }>
  >;
  readonly definitions: Record<string, Json & { allOf?: Array<Json & { properties?: { response?: Json } }> }>;
}

class Judge {
  readonly #spec: Spec;
  readonly #ajv = new AjvDraft04.default({ allErrors: true, strict: false });
  readonly seen = new Set<string>();

  constructor(text: string) {
    this.#spec = JSON.parse(text) as Spec;
    const plain = Object.entries(this.#spec.definitions).filter(([, definition]) => !definition.allOf);
    this.#ajv.addSchema({
      id: "v1",
      definitions: Object.fromEntries(plain.map(([name, one]) => [name, bridged(one)])),
    });
  }

  /** Fails when the body does not have the shape that the schema gives this answer. */
  check(line: string, answer: { status: number; text: string }): void {
    const [method = "", url = ""] = line.split(" ");
    const template = this.#template(method, url.split("?")[0] ?? "");
    const ref = this.#spec.paths[template]?.[method.toLowerCase()]?.responses[answer.status]?.schema?.$ref;
    const body = JSON.parse(answer.text);
    const isSuccess = body.code === 0;
    const response = ref && isSuccess ? this.#responseSchema(ref) : { type: "null" };
    const envelope = {
      type: "object",
      required: ["code", "message", "response"],
      additionalProperties: false,
      properties: { code: { type: "integer" }, message: { type: isSuccess ? "null" : "string" }, response },
    };
    const validate = this.#ajv.compile(envelope);
    assert.ok(
      validate(body),
      `${line} ${answer.status}: ${this.#ajv.errorsText(validate.errors)} in ${answer.text}`,
    );
    this.seen.add(`${method} ${template}`);
  }

  #template(method: string, path: string): string {
    const candidates = [path, `${path}/x`]; // find and findAll: the schema has the two-part form only
    for (const candidate of candidates) {
      const matching = Object.keys(this.#spec.paths).filter((template) => {
        const pattern = new RegExp(`^${template.replace(/\{[^}]+\}/g, "[^/]+")}$`);
        return pattern.test(candidate) && this.#spec.paths[template]?.[method.toLowerCase()];
      });
      const exact = matching.toSorted((a, b) => a.split("{").length - b.split("{").length)[0];
      if (exact !== undefined) return exact;
    }
    return assert.fail(`the schema has no ${method} ${path}`);
  }

  #responseSchema(ref: string): Json {
    const name = ref.replace("#/definitions/", "");
    const parts = this.#spec.definitions[name]?.allOf ?? [];
    const response = parts.find((part) => part.properties?.response)?.properties?.response;
    assert.ok(response, `${name} has a response`);
    return absolute(bridgedProperty(response));
  }
}

/** Points `#/definitions/...` into the schema file from outside. */
function absolute(schema: Json): Json {
  const text = JSON.stringify(schema).replaceAll('"#/definitions/', '"v1#/definitions/');
  return JSON.parse(text) as Json;
}

describe("v1.openapi.json", { skip }, () => {
  test("every answer has the shape of the vendor's schema", async () => {
    const judge = new Judge(readFileSync(SCHEMA, "utf8"));
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    judge.check("POST /users/getToken", await getToken(emulator));
    judge.check("POST /users/getToken", await getToken(emulator, { impKey: "no" }));
    judge.check("POST /users/getToken", await getToken(emulator, { impKey: "" }));

    const call = async (line: string, body?: unknown) => {
      const [method = "", path = ""] = line.split(" ");
      const answer = await (body === undefined && method === "GET"
        ? api.get(path)
        : api.send(method, path, body));
      judge.check(line, answer);
      return answer;
    };
    const merchant_uid = "dj_schema";
    const made = [
      emulator.pay({ merchant_uid, custom_data: '{"a":1}', promotion: { id: "p", discount: 100 } }),
      emulator.pay({ merchant_uid, status: "failed" }),
      emulator.pay({ merchant_uid, status: "ready" }),
      emulator.pay({ merchant_uid, status: "ready", pay_method: "vbank" }),
      emulator.pay({ merchant_uid, status: "cancelled", cancel_amount: 10 }),
      emulator.pay({
        merchant_uid,
        amount: "14.2",
        currency: "USD",
        channelKey: "channel-key-live-paypal_v2",
        pay_method: "paypal",
      }),
    ];
    const deposited = emulator.pay({ status: "ready", pay_method: "vbank" });
    emulator.deposit(deposited.imp_uid, 900);
    for (const { imp_uid } of [...made, deposited]) await call(`GET /payments/${imp_uid}`);
    await call("GET /payments/imp_0");
    await call(`GET /payments/${emulator.pay({ sandbox: true }).imp_uid}?include_sandbox=true`);
    await call(`GET /payments?imp_uid[]=${made[0]?.imp_uid}`);
    await call(`GET /payments?imp_uid[]=${made[0]?.imp_uid}&imp_uid[]=imp_0`);
    await call("GET /payments?imp_uid[]=imp_0");
    for (const path of ["find", "findAll"]) {
      for (const rest of [merchant_uid, `${merchant_uid}/paid`, "nobody", `${merchant_uid}/done`])
        await call(`GET /payments/${path}/${rest}`);
    }
    for (const rest of ["all?limit=3", "paid", "failed?page=9", "done"])
      await call(`GET /payments/status/${rest}`);

    await call("POST /payments/prepare", { merchant_uid, amount: 1000 });
    await call("POST /payments/prepare", { merchant_uid, amount: 1000 });
    await call("PUT /payments/prepare", { merchant_uid, amount: 14.2, currency: "USD" });
    await call(`GET /payments/prepare/${merchant_uid}`);
    await call("GET /payments/prepare/nobody");

    for (const amount of [100, 5000, undefined, undefined]) {
      await call("POST /payments/cancel", { imp_uid: made[0]?.imp_uid, amount, reason: "변심" });
    }
    await call(`GET /payments/${emulator.pay({ channelKey: "channel-key-live-payco" }).imp_uid}/balance`);
    await call(`GET /payments/${made[0]?.imp_uid}/balance`);

    const vbank_due = Math.floor(Date.now() / 1000) + 3600;
    const vbank = {
      channel_key: "channel-key-live-settle",
      merchant_uid: "dj_v",
      amount: 5000,
      vbank_code: "088",
      vbank_due,
    };
    const { response } = await call("POST /vbanks", vbank);
    await call("POST /vbanks", { ...vbank, channel_key: "no" });
    await call(`PUT /vbanks/${response.imp_uid}`, { amount: 6000 });
    await call(`DELETE /vbanks/${response.imp_uid}`);
    await call(`DELETE /vbanks/${response.imp_uid}`);
    await call("GET /vbanks/holder?bank_code=088&bank_num=110123456789");
    await call("GET /vbanks/holder?bank_code=088&bank_num=0000");
    await call("GET /users/pg");
    emulator.tokens.revokeAll();
    await call("GET /users/pg");
    assert.equal(judge.seen.size, 16, [...judge.seen].join(", "));
  });

  test("the judge refuses a wrong type, a missing field and a misspelt one", async () => {
    const judge = new Judge(readFileSync(SCHEMA, "utf8"));
    await using emulator = await startEmulator();
    const api = await openApi(emulator);
    const faults = [
      { raw: { amount: '"1000"' } },
      { omit: ["sandbox"] },
      { raw: { paid_amount: "1" } },
      { raw: { status: "null" } },
    ];
    for (const fault of faults) {
      const { imp_uid } = emulator.pay(fault);
      const answer = await api.get(`/payments/${imp_uid}`);
      assert.throws(
        () => judge.check(`GET /payments/${imp_uid}`, answer),
        assert.AssertionError,
        JSON.stringify(fault),
      );
    }
  });
});
