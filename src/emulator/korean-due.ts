const KST_OFFSET_SECONDS = 9 * 60 * 60;
const DAY_SECONDS = 24 * 60 * 60;

/** 23:59:59 in Korea of the day that holds this second. Korea has no summer time. */
export function endOfKoreanDay(at: number): number {
  return (
    Math.floor((at + KST_OFFSET_SECONDS) / DAY_SECONDS) * DAY_SECONDS + DAY_SECONDS - 1 - KST_OFFSET_SECONDS
  );
}

/** Whether two instants fall into the same calendar month in Korea. */
export function isSameKoreanMonth(left: number, right: number): boolean {
  return koreanMonth(left) === koreanMonth(right);
}

function koreanMonth(at: number): string {
  return new Date((at + KST_OFFSET_SECONDS) * 1000).toISOString().slice(0, 7);
}

const DUE = /^(\d{4})-?(\d{2})-?(\d{2})(?:[ T]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?$/;

/**
 * Reads the SDK's `vbank_due` as unix seconds. A date alone means 23:59:59; all times are Korean.
 *
 * Forms: YYYY-MM-DD, YYYYMMDD, YYYY-MM-DD HH:mm:ss, YYYYMMDDHHmmss and the older YYYYMMDDhhmm.
 * Source: docs/iamport-v1.md 7 (that a bare date ends the day is inferred from one sample).
 *
 * @returns undefined when the text is none of these, or no real date
 */
export function readVbankDue(text: string): number | undefined {
  const match = DUE.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour = "23", minute = "59", second] = match;
  const atEnd = match[4] === undefined ? "59" : "00";
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second ?? atEnd}Z`;
  const ms = Date.parse(iso);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== `${year}-${month}-${day}`)
    return undefined;
  return ms / 1000 - KST_OFFSET_SECONDS;
}
