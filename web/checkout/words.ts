import type { Language, Translated } from "../design/language.ts";
import { en } from "./words-en.ts";
import { ko } from "./words-ko.ts";

export type Words = Translated<typeof ko>;

export const WORDS: Readonly<Record<Language, Words>> = { ko, en };
