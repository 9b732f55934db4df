/**
 * A Korean telephone number as digits with its leading 0, for example `01012345678`; undefined for anything else.
 * Spaces, dots, dashes and brackets are dropped, `+82` and `0082` become the 0.
 */
export function koreanPhone(text: string): string | undefined {
  const bare = text.replace(/[\s.()-]/g, "");
  const national = bare.replace(/^(?:\+82|0082)0?/, "0");
  return /^0[1-9][0-9]{7,9}$/.test(national) ? national : undefined;
}
