export type Language = "ko" | "en";

/**
 * The words of another language: the same keys, and the same arguments where a text takes any. A key that is missing, or one
 * too many, does not compile.
 */
export type Translated<Words> = {
  readonly [Key in keyof Words]: Words[Key] extends string
    ? string
    : Words[Key] extends (...given: never[]) => string
      ? Words[Key]
      : Translated<Words[Key]>;
};

const LOCALES: Readonly<Record<Language, string>> = { ko: "ko-KR", en: "en-US" };

/** An amount of major units as people of that language write it: 50,000원, ₩50,000, US$14.20. */
export function moneyText(amount: number, currency: string, language: Language): string {
  const plain = new Intl.NumberFormat(LOCALES[language], { maximumFractionDigits: 10 });
  if (language === "ko" && currency === "KRW") return `${plain.format(amount)}원`;
  try {
    return new Intl.NumberFormat(LOCALES[language], { style: "currency", currency }).format(amount);
  } catch {
    return `${plain.format(amount)} ${currency}`; // a currency that nobody knows
  }
}

/** A time as it is in Korea, wherever this browser is. It is not broken into lines. */
export function koreanTimeText(at: string | number, language: Language): string {
  const format = new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: "Asia/Seoul",
    dateStyle: "medium",
    timeStyle: "short",
  });
  return format.format(new Date(at)).replaceAll(" ", "\u00a0");
}

/** The language that a browser asks for first, of those there are. */
export function browserLanguage(): Language {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag === "ko" || tag === "en") ?? "en";
}
