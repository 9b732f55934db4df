/** One figure of the report: what it should be, and what was seen. */
export interface Figure {
  readonly name: string;
  readonly aim: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export interface FigureReport {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** What helps to read them, without an aim. */
  readonly notes?: readonly string[];
}

interface Bound {
  readonly aim: number;
  readonly unit: string;
  readonly digits?: number;
}

export function upTo(name: string, value: number, { aim, unit, digits = 0 }: Bound): Figure {
  const text = `${value.toFixed(digits)} ${unit}`.trimEnd();
  return { name, aim: `at most ${aim} ${unit}`.trimEnd(), measured: text, isMet: value <= aim };
}

export function exactly(name: string, value: number, aim: number): Figure {
  return { name, aim: String(aim), measured: String(value), isMet: value === aim };
}

/** A part of the whole, 0 to 1. */
export function share(name: string, value: number, aim: number): Figure {
  const percent = (part: number) => `${Number((100 * part).toFixed(3))} %`;
  return { name, aim: percent(aim), measured: percent(value), isMet: value >= aim };
}

export function figureText({ title, figures, notes = [] }: FigureReport): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  const lines = figures.map(
    ({ name, aim, measured, isMet }) =>
      `  ${name.padEnd(width)}  ${aim} / ${measured}${isMet ? "" : "  MISSED"}`,
  );
  return [title, ...lines, ...notes.map((note) => `  ${note}`), ""].join("\n");
}
