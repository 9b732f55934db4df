import { DojangError } from "../../errors.ts";
import type {
  ActPage,
  DiscrepancyPage,
  StoredAudit,
  StoredDiscrepancy,
  TaskPage,
  TaskRecord,
} from "../store.ts";
import { readIdCursor, readKeyCursor, writeIdCursor } from "./id-cursor.ts";

/** Above every id: the characters of ids sort below it. */
export const END = "~";
const ACT_PREFIX = "act_";

/** Each list asks for one row more than its limit: whether it comes tells whether there is a next page. */
function cut<Item>(found: readonly Item[], limit: number, cursorOf: (last: Item) => string) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? { nextCursor: cursorOf(last) } : {} };
}

/** Pages by key, which never changes: a task that is done meanwhile moves no other to another page. */
export const taskPages = {
  after: (cursor: string | undefined) => (cursor === undefined ? "" : readKeyCursor(cursor, "t1")),
  page(found: readonly TaskRecord[], limit: number): TaskPage {
    const { items, next } = cut(found, limit, ({ key }) => writeIdCursor(key, "t1"));
    return { tasks: items, ...next };
  },
};

/** Pages by id, newest first: an id begins with the time of its opening. */
export const discrepancyPages = {
  before: (cursor: string | undefined) => (cursor === undefined ? END : readIdCursor(cursor, "x1")),
  page(found: readonly StoredDiscrepancy[], limit: number): DiscrepancyPage {
    const { items, next } = cut(found, limit, ({ id }) => writeIdCursor(id, "x1"));
    return { discrepancies: items, ...next };
  },
};

/** What operators did that concerns no order, newest first. */
export const actPages = {
  /** @throws {DojangError} `invalid_cursor` */
  before(cursor: string | undefined): number {
    if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
    const [, position] = /^act_([1-9][0-9]{0,14})$/.exec(readIdCursor(cursor, "a1")) ?? [];
    if (position !== undefined) return Number(position);
    throw new DojangError("invalid_cursor", "Cannot read cursor: expected one that this server gave");
  },
  page(found: readonly StoredAudit[], limit: number): ActPage {
    const { items, next } = cut(found, limit, ({ position }) => writeIdCursor(ACT_PREFIX + position, "a1"));
    return { acts: items, ...next };
  },
};
