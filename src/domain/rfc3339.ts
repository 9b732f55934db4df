const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** A time with its zone, in milliseconds since the epoch; undefined for any other text. */
export function readRfc3339(text: string): number | undefined {
  const spelled = text.toUpperCase();
  const [, date] = RFC_3339.exec(spelled) ?? [];
  if (date === undefined || !isDay(date)) return undefined;
  const at = Date.parse(spelled);
  return Number.isNaN(at) ? undefined : at;
}

/** Date.parse takes 30 February for 2 March. */
function isDay(date: string): boolean {
  const at = Date.parse(date);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}
