import type { Draw } from "../../support/draw.ts";

/** As much of a JSON Schema as the routes use. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

/** JSON that no value of JavaScript becomes: written as it stands. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  "",
  "x",
  [],
  {},
  [[[]]],
  "\u0000",
  "a\nb",
  "'; DROP TABLE orders; --",
  "<script>",
  "x".repeat(5000),
  "한".repeat(300),
  ["a", "a"],
  { toString: 1, valueOf: 2, constructor: {} },
  ...[
    "1e400",
    "-0",
    "1e-400",
    "9007199254740993",
    "1".repeat(400),
    '"\\ud800"',
    '{"__proto__":{"a":1}}',
    '{"a":1,"a":2}',
    `${"[".repeat(40)}${"]".repeat(40)}`,
    "nul",
    "NaN",
    "01",
    "1.",
    '"\t"',
  ].map((text) => new Raw(text)),
];

/** A body for a route: right by its schema, then, mostly, wrong in one place or two. @returns its text */
export function sampleBody(schema: Schema | undefined, draw: Draw, ids: readonly string[]): string {
  const value = schema === undefined ? draw.pick(NASTY) : sample(schema, draw, ids);
  const steps = draw.weighted([
    [1, 0],
    [6, 1],
    [3, 2],
  ]);
  let body = value;
  for (let left = steps; left > 0; left--) body = spoiled(body, draw);
  const text = write(body);
  return draw.chance(0.08) ? text.slice(0, draw.int(0, text.length)) : text;
}

function sample(schema: Schema, draw: Draw, ids: readonly string[]): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return draw.pick(schema.enum);
  if (schema.anyOf !== undefined) return sample(draw.pick(schema.anyOf), draw, ids);
  switch (schema.type) {
    case "object":
      return Object.fromEntries([
        ...Object.entries(schema.properties ?? {})
          .filter(([key]) => schema.required?.includes(key) === true || draw.chance(0.4))
          .map(([key, one]) => [key, sample(one, draw, ids)] as const),
        ...Object.values(schema.patternProperties ?? {}).map((one) => ["k", sample(one, draw, ids)] as const),
      ]);
    case "array":
      return [sample(schema.items ?? {}, draw, ids)];
    case "number":
    case "integer":
      return draw.pick([1, 50_000, 14.2, 0]);
    case "boolean":
      return draw.chance(0.5);
    case "string":
      return text(schema.pattern, draw, ids);
    default:
      return null;
  }
}

/** The first of some texts that the pattern takes. */
function text(pattern: string | undefined, draw: Draw, ids: readonly string[]): string {
  const texts = [
    draw.pick(ids),
    `imp_${draw.int(10 ** 11, 10 ** 12 - 1)}`,
    "010-1234-5678",
    "a@b.example",
    "088",
    "123456789012",
    "한 줄",
    "KRW",
    "a",
  ];
  if (pattern === undefined)
    return draw.pick([...texts, "2026-12-01T00:00:00+09:00", "https://shop.example/x"]);
  const shape = new RegExp(pattern, "u");
  return texts.find((one) => shape.test(one)) ?? "a";
}

function spoiled(value: unknown, draw: Draw): unknown {
  if (value === null || typeof value !== "object" || value instanceof Raw || draw.chance(0.08))
    return draw.pick(NASTY);
  if (Array.isArray(value)) return value.map((one: unknown) => (draw.chance(0.6) ? spoiled(one, draw) : one));
  const entries = Object.entries(value);
  const kind = draw.int(0, 5);
  if (kind === 0)
    return Object.fromEntries([
      ...entries,
      [draw.pick(["extra", "__proto__", "constructor", "", "imp_uid"]), draw.pick(NASTY)],
    ]);
  if (entries.length === 0) return draw.pick(NASTY);
  const [key, one] = draw.pick(entries);
  if (kind === 1) return Object.fromEntries(entries.filter(([other]) => other !== key));
  // A key that stands twice.
  if (kind === 2)
    return new Raw(
      `{${[...entries, [key, draw.pick(NASTY)] as const].map(([name, each]) => `${JSON.stringify(name)}:${write(each)}`).join(",")}}`,
    );
  return { ...value, [key]: spoiled(one, draw) };
}

function write(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)}:${write(one)}`)
      .join(",")}}`;
  return JSON.stringify(value) ?? "null";
}
