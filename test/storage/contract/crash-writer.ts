import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How another process wrote to the data, and how it ended. */
export interface CrashReport {
  /** Orders whose writes were answered. */
  readonly answered: readonly string[];
  /** Orders whose members had run when the process was killed. */
  readonly doomed: readonly string[];
  /** Why it could not open the data. */
  readonly refusal?: string;
  readonly signal: NodeJS.Signals | null;
}

/** Writes from a process of its own, which kills itself between the members of a batch and its COMMIT. */
export async function crashWriter(engineName: string, location: string): Promise<CrashReport> {
  const script = new URL("./crash-writer-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, engineName, location], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once("close", (_code, signal) => resolve(signal));
  });
  const lines: Record<string, string[]> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [word = "", ...rest] = line.split(" ");
    lines[word] ??= [];
    lines[word].push(rest.join(" "));
  }
  const refusal = lines["refused"]?.[0];
  return {
    answered: lines["answered"] ?? [],
    doomed: lines["doomed"] ?? [],
    signal: await ended,
    ...(refusal === undefined ? {} : { refusal }),
  };
}
