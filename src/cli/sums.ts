/** Numbers in a column, each with its word. */
export function sums(lines: readonly (readonly [count: number, what: string])[]): string {
  const width = Math.max(...lines.map(([count]) => String(count).length));
  return lines.map(([count, what]) => `  ${String(count).padStart(width)}  ${what}`).join("\n");
}
