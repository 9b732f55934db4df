import fc from "fast-check";
import { endOfKoreanDay, koreanDateTime, koreanDay, koreanRfc3339 } from "../../../src/domain/korean-time.ts";
import { readRfc3339 } from "../../../src/domain/rfc3339.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

const DAY_MS = 86_400_000;
const KOREA_MS = 9 * 3_600_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** So far the platform's calendar goes. */
const AT_MAX = 8_640_000_000_000_000;

/** The readers of times, against a calendar by hand. */
export const times: FuzzTarget = {
  name: "times",
  sources: ["/src/domain/rfc3339.ts", "/src/domain/korean-time.ts"],
  seeds: [
    "2026-12-01T00:00:00+09:00",
    "2024-02-29T23:59:59.999Z",
    "2023-02-29T12:00:00Z",
    "2026-11-23",
    "0000-02-29t00:00:00.123456789z",
    "9999-12-31T23:59:59-23:59",
  ],
  dictionary: [
    "T",
    "Z",
    "z",
    "+09:00",
    "-00:00",
    ":60",
    ".5",
    "02-30",
    "0001",
    "9999",
    "24:00:00",
    "2100-02-29",
  ],
  grammar: fc
    .tuple(
      fc.date({ min: new Date("0001-01-01"), max: new Date("9998-12-31"), noInvalidDate: true }),
      fc.constantFrom("Z", "+09:00", "-05:30"),
    )
    .map(([date, zone]) => date.toISOString().replace("Z", zone)),
  bytesMax: 64,
  run(input) {
    const text = input.toString("utf8");
    const at = readRfc3339(text);
    const expected = momentOf(text);
    expect(at === expected, "readRfc3339() reads another moment", () => [text, at, expected]);
    if (at !== undefined) checkMoment(at);
    const day = koreanDay(text);
    const start = dayOf(text);
    expect(day?.from === start, "koreanDay() names another day", () => [text, day, start]);
    if (day !== undefined) expect(day.to - day.from === DAY_MS, "koreanDay() is no day", () => text);
    return `${at === undefined} ${day === undefined}`;
  },
};

function checkMoment(at: number): void {
  const end = endOfKoreanDay(at);
  expect(
    end >= at && end - at < DAY_MS && (end + 1 + KOREA_MS) % DAY_MS === 0,
    "endOfKoreanDay() is no end of the day",
    () => [at, end],
  );
  if (
    Math.abs(at) > AT_MAX - DAY_MS ||
    new Date(at + KOREA_MS).getUTCFullYear() > 9999 ||
    new Date(at + KOREA_MS).getUTCFullYear() < 0
  )
    return;
  const written = koreanRfc3339(at);
  expect(
    readRfc3339(written) === Math.floor(at / 1000) * 1000,
    "koreanRfc3339() is read as another second",
    () => [at, written],
  );
  expect(
    koreanDateTime(at) === written.slice(0, 16).replace("T", " "),
    "koreanDateTime() shows another minute",
    () => at,
  );
}

/** Fixed places of digits, without a regular expression. */
function momentOf(text: string): number | undefined {
  const [year, month, day] = [numberAt(text, 0, 4), numberAt(text, 5, 2), numberAt(text, 8, 2)];
  const [hour, minute, second] = [numberAt(text, 11, 2), numberAt(text, 14, 2), numberAt(text, 17, 2)];
  const days = daysFrom(year, month, day);
  const isMarked =
    text[4] === "-" &&
    text[7] === "-" &&
    "Tt".includes(text[10] ?? "-") &&
    text[13] === ":" &&
    text[16] === ":";
  if (days === undefined || !isMarked || hour > 23 || minute > 59 || second > 59) return undefined;
  if (Number.isNaN(hour + minute + second)) return undefined;
  let at = 19;
  let fraction = "";
  if (text[at] === ".") {
    for (at += 1; text[at] !== undefined && "0123456789".includes(text[at] ?? ""); at++) fraction += text[at];
    if (fraction === "" || fraction.length > 9) return undefined;
  }
  const offset = offsetOf(text.slice(at));
  if (offset === undefined) return undefined;
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3));
  return days * DAY_MS + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms;
}

function offsetOf(zone: string): number | undefined {
  if (zone === "Z" || zone === "z") return 0;
  const [hours, minutes] = [numberAt(zone, 1, 2), numberAt(zone, 4, 2)];
  const isZone = zone.length === 6 && "+-".includes(zone[0] ?? "?") && zone[3] === ":";
  if (!isZone || !(hours <= 23) || !(minutes <= 59)) return undefined;
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

function dayOf(text: string): number | undefined {
  if (text.length !== 10 || text[4] !== "-" || text[7] !== "-") return undefined;
  const days = daysFrom(numberAt(text, 0, 4), numberAt(text, 5, 2), numberAt(text, 8, 2));
  return days === undefined ? undefined : days * DAY_MS - KOREA_MS;
}

/** Days since 1970-01-01 in the Gregorian calendar; undefined for a day that there is not. */
function daysFrom(year: number, month: number, day: number): number | undefined {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const length = (MONTH_DAYS[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0);
  if (!(year >= 0) || !(day >= 1) || !(day <= length)) return undefined;
  // Years that begin in March: the leap day is the last one.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function numberAt(text: string, at: number, length: number): number {
  const part = text.slice(at, at + length);
  return part.length === length && [...part].every((one) => one >= "0" && one <= "9")
    ? Number(part)
    : Number.NaN;
}
