import type { Language } from "./language.ts";

const NAMES: Readonly<Record<Language, string>> = { ko: "한국어", en: "English" };

interface LanguageSwitchProps {
  readonly language: Language;
  readonly onChange: (language: Language) => void;
}

/** The way to the other language. A link, so that it works before any script does. */
export function LanguageSwitch({ language, onChange }: LanguageSwitchProps) {
  const other: Language = language === "ko" ? "en" : "ko";
  return (
    <a
      class="button button-quiet"
      href={`?lang=${other}`}
      hreflang={other}
      lang={other}
      onClick={(event) => {
        event.preventDefault();
        onChange(other);
      }}
    >
      {NAMES[other]}
    </a>
  );
}
