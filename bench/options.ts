import { parseArgs } from "node:util";
import type { Case, Effort } from "./measure.ts";

export const USAGE = `Usage: npm run bench -- [--quick] [--seconds <n>] [--rounds <n>] [--cases <connections>@<ms>,...]

  --quick     short rounds, about a minute in all; results are not written
  --seconds   length of one round of one contender (default 1.5, quick 0.3)
  --rounds    rounds of every contender per case (default 4, quick 3)
  --cases     for example 64@0,64@50 (default: 1, 64 and 256 connections, each at 0 and 50 ms; quick: four of these)
`;

export interface BenchOptions {
  readonly effort: Effort;
  readonly cases: readonly Case[];
  /** Not a quick look: the results are kept. */
  readonly isFull: boolean;
}

const ALL_CASES: readonly Case[] = [0, 50].flatMap((delayMs) =>
  [1, 64, 256].map((connections) => ({ connections, delayMs })),
);
const QUICK_CASES: readonly Case[] = [
  { connections: 1, delayMs: 0 },
  { connections: 64, delayMs: 0 },
  { connections: 64, delayMs: 50 },
  { connections: 256, delayMs: 50 },
];
const FULL: Effort = { rounds: 4, roundsPerFill: 1, seconds: 1.5 };
/** All rounds of a case on one registration: there is no time to wait for the looks in between. */
const QUICK: Effort = { rounds: 3, roundsPerFill: 3, seconds: 0.3 };

/** @throws {Error} with one line that says what was expected */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      seconds: { type: "string" },
      rounds: { type: "string" },
      cases: { type: "string" },
    },
  });
  const base = values.quick ? QUICK : FULL;
  const rounds = readNumber("rounds", values.rounds, { min: 1, max: 99 }) ?? base.rounds;
  const effort = {
    rounds,
    roundsPerFill: values.quick ? rounds : base.roundsPerFill,
    seconds: readNumber("seconds", values.seconds, { min: 0.05, max: 60 }) ?? base.seconds,
  };
  const cases =
    values.cases === undefined
      ? values.quick
        ? QUICK_CASES
        : ALL_CASES
      : values.cases.split(",").map(readCase);
  return { effort, cases, isFull: !values.quick };
}

function readNumber(
  name: string,
  text: string | undefined,
  { min, max }: { min: number; max: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value >= min && value <= max) return value;
  throw new Error(`Cannot read --${name}: expected a number from ${min} to ${max}, got ${text}`);
}

function readCase(text: string): Case {
  const [, connections, delayMs] = /^([0-9]{1,3})@([0-9]{1,4})$/.exec(text) ?? [];
  if (
    connections === undefined ||
    delayMs === undefined ||
    Number(connections) < 1 ||
    Number(connections) > 256
  ) {
    throw new Error(`Cannot read --cases: expected <connections up to 256>@<ms>, got ${text}`);
  }
  return { connections: Number(connections), delayMs: Number(delayMs) };
}
