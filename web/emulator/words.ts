import { useState } from "preact/hooks";
import { browserLanguage, type Language, type Translated } from "../design/language.ts";
import { en } from "./words-en.ts";
import { ko } from "./words-ko.ts";

export type Words = Translated<typeof ko>;

const WORDS: Readonly<Record<Language, Words>> = { ko, en };
const KEPT_UNDER = "language";

/** The words of the language that this browser asks for, until somebody chooses the other one. */
export function useWords() {
  const [language, setLanguage] = useState<Language>(firstLanguage);
  document.documentElement.lang = language;
  return {
    language,
    words: WORDS[language],
    choose(chosen: Language) {
      try {
        localStorage.setItem(KEPT_UNDER, chosen);
      } catch {
        // In a frame of another site a browser may keep nothing: it is chosen again.
      }
      setLanguage(chosen);
    },
  };
}

function firstLanguage(): Language {
  try {
    const kept = localStorage.getItem(KEPT_UNDER);
    if (kept === "ko" || kept === "en") return kept;
  } catch {
    // As above.
  }
  return browserLanguage();
}
