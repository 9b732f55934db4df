import { Type } from "typebox";

const PLAIN_LINE = "^[^\\u0000-\\u001f\\u007f]+$";
/** The line and paragraph separators of Unicode break a line as well. */
const SAYING_LINE = "^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+$";

/** What the schemas of bodies and answers are made of. */
export const Closed = { additionalProperties: false } as const;
export const Amount = Type.Number({ description: "Major units: 50000 for KRW, 14.2 for USD" });
export const Time = Type.String({ format: "date-time", description: "RFC 3339" });

export function line(maxLength: number) {
  return Type.String({ minLength: 1, maxLength, pattern: PLAIN_LINE });
}

/** A line that somebody must be able to read later, such as a reason that the audit keeps: blanks alone are none. */
export function sayingLine(maxLength: number) {
  return Type.String({ minLength: 1, maxLength, pattern: SAYING_LINE });
}

export function orNull<Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}
