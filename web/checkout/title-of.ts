import type { Screen } from "./screen.ts";
import type { Words } from "./words.ts";

/** A screen in a few words: its heading, and what the window is called. */
export function titleOf(screen: Screen, words: Words): string {
  if (screen === "form") return words.page;
  return screen === "partly_refunded" ? words.partlyRefunded : words[screen];
}
