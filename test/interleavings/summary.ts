import type { Explored } from "./explore.ts";

/** What one case came to. */
export interface Row extends Omit<Explored, "ends"> {
  readonly case: string;
  readonly actors: number;
  readonly ends: number;
  readonly seconds: number;
}

/** What one planted bug came to. */
export interface PlantedRow {
  readonly name: string;
  readonly what: string;
  readonly in: string;
  readonly isFound: boolean;
  readonly says: string;
  readonly schedules: number;
}

/** All cases in one line. */
export function summaryOf(rows: readonly Row[]): string {
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
  const bounded = rows.filter(({ isWhole, finding }) => !isWhole && finding === undefined).length;
  return [
    `${rows.length} cases`,
    `${sum(({ schedules }) => schedules)} schedules`,
    `${sum(({ states }) => states)} states`,
    `${sum(({ interleavings }) => interleavings)} interleavings`,
    `${bounded} bounded`,
    `${rows.filter(({ finding }) => finding !== undefined).length} findings`,
    `${sum(({ seconds }) => seconds).toFixed(1)} s`,
  ].join(", ");
}
