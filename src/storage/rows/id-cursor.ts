import { DojangError } from "../../errors.ts";

/** The last id of a page: the next page begins after it. `format` tells the lists apart. */
export function writeIdCursor(id: string, format: string): string {
  return Buffer.from(`${format}:${id}`, "utf8").toString("base64url");
}

/** @throws {DojangError} `invalid_cursor` */
export function readIdCursor(cursor: string, format: string): string {
  const id = readKeyCursor(cursor, format);
  if (/^[a-z]+_[0-9a-z]+$/.test(id)) return id;
  throw notOurs();
}

/** As `readIdCursor`, where the last id may be any text: the key of a task. @throws {DojangError} `invalid_cursor` */
export function readKeyCursor(cursor: string, format: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  const key = text.slice(format.length + 1);
  // Base64 has many spellings of the same bytes; only the one that we wrote is ours.
  if (key !== "" && writeIdCursor(key, format) === cursor) return key;
  throw notOurs();
}

function notOurs(): DojangError {
  return new DojangError("invalid_cursor", "Cannot read cursor: expected one that this server gave");
}
