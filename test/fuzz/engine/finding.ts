/** A promise that an input broke. `rule` is fixed words: an input is the same finding while it breaks the same rule. */
export class Finding extends Error {
  override readonly name = "Finding";
  readonly rule: string;
  constructor(rule: string, detail = "") {
    super(detail === "" ? rule : `${rule}: ${detail}`);
    this.rule = rule;
  }
}

/** @throws {Finding} unless it holds; `detail` is asked only then */
export function expect(holds: boolean, rule: string, detail: () => unknown = () => ""): asserts holds {
  if (!holds) throw new Finding(rule, textOf(detail()));
}

/** What a thrown value breaks: its rule, or by its kind "never throws". */
export function ruleOf(thrown: unknown): string {
  if (thrown instanceof Finding) return thrown.rule;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return `throws ${name}`;
}

function textOf(detail: unknown): string {
  if (typeof detail === "string") return detail;
  return JSON.stringify(detail, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value instanceof Map ? [...value] : value,
  );
}
