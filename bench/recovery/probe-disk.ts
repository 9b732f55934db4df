import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const WRITES = 200;

/** How long the disk under this folder takes for one small durable write: without it no figure of a database says much. */
export function probeDisk(folder: string): string {
  const file = openSync(join(folder, "probe"), "w");
  const page = Buffer.alloc(8192, 1);
  const times: number[] = [];
  for (let n = 0; n < WRITES; n += 1) {
    const startedAt = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    times.push(performance.now() - startedAt);
  }
  closeSync(file);
  times.sort((one, other) => one - other);
  const at = (part: number) => (times[Math.floor(times.length * part)] ?? 0).toFixed(1);
  return `the disk's own durable write of 8 KB: median ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
