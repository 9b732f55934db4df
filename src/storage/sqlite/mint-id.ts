/** Base 36 of milliseconds: nine characters last until the year 5188. */
const TIME_CHARACTERS = 9;
const RANDOM_BYTES = 10;

/** A unique id that sorts by time: `evt_` + 9 characters of time + 20 random ones. */
export function mintId(
  prefix: string,
  source: { readonly at: number; readonly random: (size: number) => Buffer },
): string {
  return timePrefix(prefix, source.at) + source.random(RANDOM_BYTES).toString("hex");
}

/** What every id of this moment begins with; ids of earlier moments sort before it. */
export function timePrefix(prefix: string, at: number): string {
  return prefix + at.toString(36).padStart(TIME_CHARACTERS, "0");
}
