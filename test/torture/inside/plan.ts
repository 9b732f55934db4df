/** What shall happen inside of one server process. It travels in its environment; the server knows nothing of it. */
export interface Plan {
  readonly dieAt?: DieAt;
  readonly clock?: ClockPlan;
  /** The name of a bug that is planted: see plants.ts. */
  readonly plant?: string;
}

/** SIGKILL, by the process itself, when it passes the label for the n-th time since it was armed. */
export interface DieAt {
  readonly label: string;
  readonly passage: number;
  /** Armed from the start on. Default: once SIGUSR2 has come. */
  readonly isAtOnce?: boolean;
}

/** Of the machine's clock, as the process reads it. */
export interface ClockPlan {
  /** So far ahead from the start on. */
  readonly aheadMs?: number;
  /** Counted from SIGUSR2. */
  readonly jump?: { readonly afterMs: number; readonly byMs: number };
  /** So far it jumps when the process goes on after a SIGSTOP: as if it had been stopped for so long. */
  readonly onContinueMs?: number;
}

export const PLAN_VARIABLE = "TORTURE_PLAN";

/** Begins what a plan holds for later. */
export const ARM = "SIGUSR2";

/** The settings that bring a plan into a process. */
export function planEnv(plan: Plan): Readonly<Record<string, string>> {
  const preload = new URL("./preload.ts", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, [PLAN_VARIABLE]: JSON.stringify(plan) };
}
