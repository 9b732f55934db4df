import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in USER_HZ, 100 on every platform that Node.js runs on. */
const TICK_US = 10_000;

/** CPU time of a process so far, all threads, user and system, in microseconds; NaN where there is no /proc. */
export function processCpuUs(pid: number): number {
  try {
    // The first number of schedstat: nanoseconds on a CPU. stat's ticks are too coarse for slow cases.
    const threads = readdirSync(`/proc/${pid}/task`);
    const ran = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"));
    return ran.reduce((sum, text) => sum + Number(text.split(" ", 1)[0]), 0) / 1000;
  } catch {
    return Number.NaN;
  }
}

/** As `processCpuUs`, with that of all its children: one that has ended meanwhile is left out. */
export function processTreeCpuUs(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return children.reduce((sum, child) => {
      const used = processCpuUs(Number(child));
      return Number.isNaN(used) ? sum : sum + used;
    }, processCpuUs(pid));
  } catch {
    return Number.NaN;
  }
}

/** CPU time that the whole machine has spent working since it started, in microseconds; NaN where there is no /proc. */
export function machineCpuUs(): number {
  try {
    const line = readFileSync("/proc/stat", "utf8").split("\n", 1)[0] ?? "";
    const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).map(Number);
    return (user + nice + system + irq + softirq) * TICK_US;
  } catch {
    return Number.NaN;
  }
}
