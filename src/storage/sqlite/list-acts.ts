import { DojangError } from "../../errors.ts";
import { readIdCursor, writeIdCursor } from "../rows/id-cursor.ts";
import type { ActPage } from "../store.ts";
import type { Rows } from "./rows.ts";

const PREFIX = "act_";

/** What operators did that concerns no order, a page at a time. @throws {DojangError} `invalid_cursor` */
export function listActs(
  rows: Rows,
  { cursor, limit }: { readonly cursor?: string; readonly limit: number },
): ActPage {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : positionOf(cursor);
  const found = rows.audit.listActs({ before, limit: limit + 1 });
  const acts = found.slice(0, limit);
  const last = acts.at(-1)?.position;
  const hasMore = found.length > limit && last !== undefined;
  return { acts, ...(hasMore ? { nextCursor: writeIdCursor(PREFIX + last, "a1") } : {}) };
}

function positionOf(cursor: string): number {
  const [, position] = /^act_([1-9][0-9]{0,14})$/.exec(readIdCursor(cursor, "a1")) ?? [];
  if (position !== undefined) return Number(position);
  throw new DojangError("invalid_cursor", "Cannot read cursor: expected one that this server gave");
}
