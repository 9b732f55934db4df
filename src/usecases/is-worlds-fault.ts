import { DojangError } from "../errors.ts";

/** Whether the world failed, and not our own code: then the same may succeed later. */
export function isWorldsFault(error: unknown): error is DojangError {
  return error instanceof DojangError && error.code !== "internal_error";
}
