import { copyFileSync, existsSync, truncateSync } from "node:fs";
import type { World } from "./world.ts";

/** What a machine without power keeps: the file, and the log as far as it was synced. @returns the path of the copy */
export function copyAsKept(world: World, syncedBytes: number): string {
  const copy = copyDatabase(world);
  const log = `${copy}-wal`;
  if (existsSync(log)) truncateSync(log, syncedBytes);
  return copy;
}

/** All that is committed now. @returns the path of the copy */
export function copyDatabase(world: World): string {
  const copy = world.nextPath();
  for (const part of ["", "-wal"])
    if (existsSync(world.path + part)) copyFileSync(world.path + part, copy + part);
  return copy;
}
