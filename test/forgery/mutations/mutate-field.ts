/** How one field of an answer is changed. */
export type Change = "removed" | "null" | "other type" | "other value" | "twice";

/** One answer with one field changed. */
export interface Mutation {
  readonly field: string;
  readonly change: Change;
  /** What stands for the field now, as JSON text; absent when it is removed. For `twice`: the two values. */
  readonly json?: string;
}

/** Values that mean something in the rule, beside the ones that every field of that type gets. */
const TELLING: Readonly<Record<string, readonly string[]>> = {
  status: ['"ready"', '"paid"', '"failed"', '"cancelled"', '"PAID"', '"paid "', '"partial_cancelled"'],
  currency: ['"KRW"', '"USD"', '"VND"', '"krw"', '" KRW"'],
  pay_method: ['"card"', '"vbank"', '"point"'],
  pg_provider: ['"kakaopay"', '"HTML5_INICIS"'],
  pg_id: ['"INIpayTest2"'],
  customer_uid_usage: ['"issue"', '"payment.scheduled"'],
  promotion: ['{"id":"p_1","discount":0}', '{"id":7,"discount":0}', '{"discount":1}', "[]", "true", "1"],
  cancel_history: ['[{"amount":1}]', "[null]"],
  paid_at: ["1", "1.5", "-1", "4102444800"],
  vbank_date: ["1", "1.5", "-1", "4102444800"],
  imp_uid: ['"imp_000000000000"'],
  merchant_uid: ['"dj_no_such_order_1"'],
  code: ["1", "-1"],
  response: ["[]", '{"imp_uid":"imp_1"}'],
};

/** What another type is, each as JSON text. */
const OF_TYPE = { text: '"1"', number: "1", flag: "true", list: "[]", object: "{}" } as const;

/** Every change of one field. `json` is its true value. */
export function mutateField(field: string, json: string): Mutation[] {
  const type = typeOf(json);
  const others = Object.entries(OF_TYPE).filter(([name]) => name !== type);
  const values = new Set([...sameTyped(json, type), ...(TELLING[field] ?? [])]);
  values.delete(json);
  // The value itself inside another type: what a careless comparison lets through.
  const wrapped = type === "none" ? [] : [`[${json}]`, ...(type === "text" ? [] : [JSON.stringify(json)])];
  const otherTyped = new Set([...(type === "none" ? [] : others.map(([, text]) => text)), ...wrapped]);
  return [
    { field, change: "removed" },
    ...(type === "none" ? [] : [{ field, change: "null", json: "null" } as const]),
    ...[...otherTyped]
      .filter((text) => typeOf(text) !== type)
      .map((text): Mutation => ({ field, change: "other type", json: text })),
    ...[...values].map((text): Mutation => ({ field, change: "other value", json: text })),
    { field, change: "twice", json: `${json},${JSON.stringify(field)}:${json}` },
    { field, change: "twice", json: `"x",${JSON.stringify(field)}:${json}` },
    { field, change: "twice", json: `${json},${JSON.stringify(field)}:"x"` },
  ];
}

function typeOf(json: string): keyof typeof OF_TYPE | "none" {
  const first = json[0] ?? "";
  if (json === "null") return "none";
  if (first === '"') return "text";
  if (first === "[") return "list";
  if (first === "{") return "object";
  return json === "true" || json === "false" ? "flag" : "number";
}

function sameTyped(json: string, type: ReturnType<typeof typeOf>): string[] {
  switch (type) {
    case "none":
      // Null stands for "none" in an answer, so any value is another value.
      return ['"x"', '""', "0", "1", "true", "[]", "{}"];
    case "text":
      return ['"x"', '""', `${json.slice(0, -1)} "`];
    case "number":
      return [
        ...["0", "1", "1e400", "99999999999999999999", `-${json}`, `1${json}`],
        ...(json.includes(".") ? [`${json}0`, `${json}5`] : [`${json}.0`, `${json}.5`]),
      ];
    case "flag":
      return [json === "true" ? "false" : "true"];
    case "list":
      return ["[]", '["x"]'];
    case "object":
      return ["{}"];
  }
}
