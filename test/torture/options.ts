import { parseArgs } from "node:util";
import { FAULT_NAMES, type FaultName } from "./faults.ts";
import type { EngineName } from "./labels.ts";

export interface Options {
  readonly engines: readonly EngineName[];
  readonly faults: readonly FaultName[];
  readonly seed: number;
  readonly until: { readonly minutes: number } | { readonly kills: number };
  readonly kind: "full" | "quick" | "planted";
  /** Where the figures go, as `<name>.json` and `<name>.md`; nowhere by default. */
  readonly proof?: string | undefined;
}

export const USAGE = `npm run torture -- [--minutes M | --kills N] [--engine sqlite|postgres|both] [--faults ${FAULT_NAMES.join(",")}]
                   [--seed S] [--quick] [--planted] [--proof docs/proof/torture]

  --minutes M   default 10         --kills N   until so many processes were killed
  --quick       some rounds on both engines, in less than 20 s
  --planted     plants one bug after the other, and fails when one is not found
`;

const MINUTES = 10;

/** @throws in one line for what is none of them */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string" },
      kills: { type: "string" },
      engine: { type: "string", default: "both" },
      faults: { type: "string", default: FAULT_NAMES.join(",") },
      seed: { type: "string", default: String(1 + (Date.now() % 1_000_000)) },
      quick: { type: "boolean", default: false },
      planted: { type: "boolean", default: false },
      proof: { type: "string" },
    },
  });
  if (values.minutes !== undefined && values.kills !== undefined)
    throw new Error("Cannot run so long: expected --minutes or --kills, got both");
  return {
    engines: readEngines(values.engine),
    faults: readFaults(values.faults),
    seed: whole("--seed", values.seed),
    until:
      values.kills === undefined
        ? { minutes: values.minutes === undefined ? MINUTES : whole("--minutes", values.minutes) }
        : { kills: whole("--kills", values.kills) },
    kind: values.planted ? "planted" : values.quick ? "quick" : "full",
    proof: values.proof,
  };
}

function readEngines(text: string): readonly EngineName[] {
  if (text === "both") return ["sqlite", "postgres"];
  if (text === "sqlite" || text === "postgres") return [text];
  throw new Error(`Cannot run on ${text}: expected --engine sqlite, postgres or both`);
}

function readFaults(text: string): readonly FaultName[] {
  return text.split(",").map((name) => {
    const fault = FAULT_NAMES.find((known) => known === name);
    if (fault === undefined) throw new Error(`Cannot do ${name}: expected --faults ${FAULT_NAMES.join(",")}`);
    return fault;
  });
}

function whole(name: string, text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text))
    throw new Error(`Cannot read ${name}: expected a whole number from 1, got ${text}`);
  return Number(text);
}
