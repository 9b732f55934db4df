/** Korea has kept UTC+9 without daylight saving since 1988. */
const KOREA_OFFSET_MS = 9 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The last millisecond of the day in Korea that holds the given time. */
export function endOfKoreanDay(at: number): number {
  const local = at + KOREA_OFFSET_MS;
  return local - mod(local, DAY_MS) + DAY_MS - 1 - KOREA_OFFSET_MS;
}

/** The day in Korea that `YYYY-MM-DD` names, to the millisecond; undefined for a day that no calendar has. */
export function koreanDay(date: string): { readonly from: number; readonly to: number } | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(date)) return undefined;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // 30 February is read as a day in March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) return undefined;
  return { from: midnight - KOREA_OFFSET_MS, to: midnight - KOREA_OFFSET_MS + DAY_MS };
}

/** RFC 3339 in Korean time with whole seconds, for example `2026-11-23T09:00:00+09:00`. */
export function koreanRfc3339(at: number): string {
  return `${new Date(at + KOREA_OFFSET_MS).toISOString().slice(0, 19)}+09:00`;
}

/** Date and time as a Korean text message shows them, for example `2026-11-23 23:59`. */
export function koreanDateTime(at: number): string {
  return new Date(at + KOREA_OFFSET_MS).toISOString().slice(0, 16).replace("T", " ");
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
