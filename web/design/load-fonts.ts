/**
 * Fetches the Korean font once the page stands. Phones do without: theirs is as good, and their buyers pay for the bytes. The text has
 * fixed line heights, so that nothing moves when the font comes.
 */
export function loadFonts(): void {
  const { connection } = navigator as { connection?: { readonly saveData?: boolean } };
  const isDesk = matchMedia("(min-width: 48rem) and (hover: hover)").matches;
  if (!isDesk || connection?.saveData) return;
  const load = () => void import("./fonts.ts");
  if (document.readyState === "complete") load();
  else addEventListener("load", load, { once: true });
}
