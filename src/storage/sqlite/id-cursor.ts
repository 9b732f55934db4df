import { DojangError } from "../../errors.ts";

/** The last id of a page: the next page begins after it. `format` tells the lists apart. */
export function writeIdCursor(id: string, format: string): string {
  return Buffer.from(`${format}:${id}`, "utf8").toString("base64url");
}

/** @throws {DojangError} `invalid_cursor` */
export function readIdCursor(cursor: string, format: string): string {
  const [seen, id, ...rest] = Buffer.from(cursor, "base64url").toString("utf8").split(":");
  if (seen === format && id !== undefined && rest.length === 0 && /^[a-z]+_[0-9a-z]+$/.test(id)) {
    // Base64 has many spellings of the same bytes; only the one that we wrote is ours.
    if (writeIdCursor(id, format) === cursor) return id;
  }
  throw new DojangError("invalid_cursor", "Cannot read cursor: expected one that this server gave");
}
