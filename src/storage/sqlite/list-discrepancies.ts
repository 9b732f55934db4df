import { readIdCursor, writeIdCursor } from "../rows/id-cursor.ts";
import type { DiscrepancyPage, DiscrepancyQuery } from "../store.ts";
import type { Rows } from "./rows.ts";

/** Above every id: the characters of ids sort below it. */
const END = "~";

/** Pages by id, newest first: an id begins with the time of its opening. */
export function listDiscrepancies(rows: Rows, { cursor, ...query }: DiscrepancyQuery): DiscrepancyPage {
  const before = cursor === undefined ? END : readIdCursor(cursor, "x1");
  const found = rows.discrepancies.list({ ...query, before });
  const discrepancies = found.slice(0, query.limit);
  const last = discrepancies.at(-1)?.id;
  const hasMore = found.length > query.limit && last !== undefined;
  return { discrepancies, ...(hasMore ? { nextCursor: writeIdCursor(last, "x1") } : {}) };
}
