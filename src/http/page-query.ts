import { Type } from "typebox";
import { DojangError } from "../errors.ts";

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

/** Query fields that every list takes. Checked by `readPageQuery`, which names what is wrong. */
export const PAGE_FIELDS = {
  cursor: Type.Optional(Type.String({ description: "next_cursor of the page before" })),
  limit: Type.Optional(Type.String({ pattern: "^[1-9][0-9]{0,2}$", description: "1 to 100, 20 by default" })),
};

/** Reads the query of a list: known keys, each once and not empty. @throws {DojangError} `invalid_request` */
export function readPageQuery<Key extends string>(
  query: unknown,
  keys: readonly Key[],
): {
  readonly fields: Readonly<Partial<Record<Key, string>>>;
  readonly page: { readonly limit: number; readonly cursor?: string };
} {
  const known: readonly string[] = [...keys, "cursor", "limit"];
  const fields = query as Readonly<Record<string, unknown>>;
  for (const [key, value] of Object.entries(fields)) {
    if (!known.includes(key) || typeof value !== "string" || value === "" || value.length > 500) {
      throw new DojangError("invalid_request", `Cannot read query: expected ${known.join(", ")}, each once`);
    }
  }
  const texts = fields as Readonly<Partial<Record<Key | "cursor" | "limit", string>>>;
  const { cursor, limit } = texts;
  return { fields: texts, page: { limit: readLimit(limit), ...(cursor === undefined ? {} : { cursor }) } };
}

/** @throws {DojangError} `invalid_request` */
export function readChoice<Choice extends string>(
  text: string | undefined,
  { name, choices }: { readonly name: string; readonly choices: readonly Choice[] },
): Choice | undefined {
  if (text === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new DojangError("invalid_request", `Cannot read ${name}: expected one of ${choices.join(", ")}`);
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return LIMIT_DEFAULT;
  const limit = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : Number.NaN;
  if (limit <= LIMIT_MAX) return limit;
  throw new DojangError("invalid_request", `Cannot read limit: expected 1 to ${LIMIT_MAX}`);
}
