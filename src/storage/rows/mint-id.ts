/** Base 36 of milliseconds: nine characters last until the year 5188. */
const TIME_CHARACTERS = 9;
const RANDOM_BYTES = 10;

/** A unique id that sorts by time: `evt_` + 9 characters of time + 20 random ones. */
export function mintId(
  prefix: string,
  source: { readonly at: number; readonly random: (size: number) => Buffer },
): string {
  return firstIdAt(prefix, source.at) + source.random(RANDOM_BYTES).toString("hex");
}

/** Sorts before every id of this time, and after those of any earlier one. */
export function firstIdAt(prefix: string, at: number): string {
  return prefix + at.toString(36).padStart(TIME_CHARACTERS, "0");
}

/** When an id of ours was minted; the beginning of time for a text that is none. */
export function timeOfId(prefix: string, id: string): number {
  const time = Number.parseInt(id.slice(prefix.length, prefix.length + TIME_CHARACTERS), 36);
  return Math.max(time, 0) || 0;
}
