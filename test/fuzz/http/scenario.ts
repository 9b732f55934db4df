import type { HttpFinding } from "./judge.ts";
import type { Servers } from "./servers.ts";

export interface HttpFigures {
  readonly target: string;
  /** Requests, connections or streams, as the scenario counts. */
  readonly executions: number;
  readonly seconds: number;
  /** What else is worth telling. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface ScenarioOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly onProgress?: () => void;
  /** One finding is enough. */
  readonly isFirstEnough?: boolean;
  /** As small as it can be and still be one. */
  readonly isQuick?: boolean;
}

/** One way to come at a running server with what no well-behaved client sends. */
export interface Scenario {
  readonly name: string;
  run(
    servers: Servers,
    options: ScenarioOptions,
  ): Promise<{ figures: HttpFigures; found: readonly HttpFinding[] }>;
}

/** Runs batches until the time is over, at least one; a server that has ended ends it too, which is a finding by then. @returns the seconds */
export async function inBatches(
  { seconds, onProgress, isFirstEnough = false }: ScenarioOptions,
  { findings }: { readonly findings: readonly HttpFinding[] },
  batch: (index: number) => Promise<void>,
): Promise<number> {
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  try {
    for (let index = 0; index === 0 || elapsed() < seconds; index++) {
      if (isFirstEnough && findings.length > 0) break;
      await batch(index);
      onProgress?.();
    }
  } catch (error) {
    if (findings.length === 0) throw error;
  }
  return elapsed();
}
