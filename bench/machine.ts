import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

/** On what, when and with which code a figure was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  readonly commit: string;
  readonly date: string;
}

export function describeMachine(now: Date): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    commit: readCommit(),
    date: now.toISOString(),
  };
}

export function machineText({ cpu, cores, node, date }: Machine): string {
  return `${cpu}, ${cores} cores, Node.js ${node}, ${date.slice(0, 10)}`;
}

/** With a plus where what is measured is not what is committed. */
function readCommit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
    const isDirty = git("status", "--porcelain", "--", "../src", "../bench/*.ts") !== "";
    return `${git("rev-parse", "--short=12", "HEAD")}${isDirty ? "+" : ""}`;
  } catch {
    return "unknown";
  }
}
