import type { Language, Translated } from "../design/language.ts";
import { en } from "./words-en.ts";
import { ko } from "./words-ko.ts";

export type Words = Translated<typeof ko>;

export const WORDS: Readonly<Record<Language, Words>> = { ko, en };

/** The word for a value that a server may have learned after this page was made. */
export function wordOf(words: Readonly<Record<string, string>>, key: string): string {
  return words[key] ?? key;
}
