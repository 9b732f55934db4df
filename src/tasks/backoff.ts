const SECOND_MS = 1000;
/** Doubling from one second: the cap is met after nine failures. */
const DELAY_MS_MAX = 5 * 60 * SECOND_MS;

/** Exponential backoff with jitter: between half and all of min(2^tries s, 5 min). `random` is in [0, 1). */
export function backoffMs(tries: number, random: number): number {
  const ceiling = Math.min(SECOND_MS * 2 ** Math.min(tries, 20), DELAY_MS_MAX);
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
