import type { Outcome, Verdict } from "../attacks/run-attacks.ts";
import type { FlowFigures } from "../flows/run-flows.ts";
import type { MutationFigures } from "../mutations/run-mutations.ts";
import type { ClassId } from "./classes.ts";

/** What `docs/forgery-report/report.json` holds. */
export interface Report {
  /** The day of the run, and the runtime. */
  readonly day: string;
  readonly node: string;
  readonly classes: Readonly<Record<ClassId, ClassReport>>;
  /** Full names of the tests that failed. */
  readonly red: readonly string[];
  readonly flows: Omit<FlowFigures, "faults"> & { readonly faults: number };
  readonly mutations: Omit<MutationFigures, "faults"> & { readonly faults: number };
}

export interface ClassReport {
  /** Tests by file; a variant that several tests share stands once. */
  readonly tests: readonly FileReport[];
  readonly dojang: Verdict | "not over the wire";
  readonly guide: Verdict | "not over the wire";
  readonly attacks: readonly AttackReport[];
}

export interface FileReport {
  readonly file: string;
  readonly variants: readonly string[];
  readonly green: number;
  readonly red: number;
  readonly skipped: number;
}

export interface AttackReport {
  readonly what: string;
  readonly dojang: Pick<Outcome, "verdict" | "seen">;
  readonly guide: Pick<Outcome, "verdict" | "seen">;
}
