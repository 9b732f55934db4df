/** A piece of JSON text that goes out as it is. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const PLAIN = /^[\x20\x21\x23-\x2e\x30-\x5b\x5d-\x7e]*$/;
const ESCAPED = /[^\x20-\x7e]|["\\/]/g;

function escapeUnit(unit: string): string {
  switch (unit) {
    case '"':
      return '\\"';
    case "\\":
      return "\\\\";
    case "/":
      return "\\/";
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
    case "\b":
      return "\\b";
    case "\f":
      return "\\f";
    default:
      return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  }
}

/** A JSON string as the gateway writes it: non-ASCII as `\uXXXX`, slashes as `\/` (docs/iamport-v1.md 2). */
export function phpJsonString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return `"${text.replace(ESCAPED, escapeUnit)}"`;
}

/** JSON with sorted keys, escaped as above. Undefined members are left out. */
export function phpJson(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof RawJson) return value.text;
  if (typeof value === "string") return phpJsonString(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(phpJson).join(",")}]`;
  const members = Object.entries(value as Record<string, unknown>)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${phpJsonString(key)}:${phpJson(member)}`);
  return `{${members.join(",")}}`;
}
