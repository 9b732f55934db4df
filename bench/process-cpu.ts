import { readFileSync } from "node:fs";

/** Linux counts in USER_HZ, 100 on every platform that Node.js runs on. */
const TICK_US = 10_000;

/** CPU time of a process so far, all threads, user and system, in microseconds; undefined where there is no /proc. */
export function processCpuUs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may hold spaces; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  } catch {
    return undefined;
  }
}
