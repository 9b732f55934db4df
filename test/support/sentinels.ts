import assert from "node:assert/strict";

/** Texts that may be nowhere, by name. */
export type Sentinels = Readonly<Record<string, string>>;

/** Where a sentinel is documented to be: the path of the field in a JSON answer, list indexes as `*`. */
export type Documented = Readonly<Record<string, readonly string[]>>;

/** Something that left the process, or lies on the disk. */
export interface Sink {
  readonly what: string;
  readonly bytes: Buffer;
  /** The answer's JSON, where it is one: then a documented field may hold what is documented. */
  readonly json?: unknown;
  /** Sentinels that this sink may hold anywhere. */
  readonly allowed?: readonly string[];
}

const known = new Map<string, readonly Buffer[]>();

/** The ways in which a text may be written down. */
function spellings(text: string): readonly Buffer[] {
  const made = known.get(text) ?? spell(text);
  known.set(text, made);
  return made;
}

function spell(text: string): readonly Buffer[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  const ascii = escaped.replace(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const bytes = Buffer.from(text);
  const texts = [
    text,
    escaped,
    ascii,
    encodeURIComponent(text),
    new URLSearchParams({ "": text }).toString().slice(1),
    // As base64 shows it wherever it begins in a longer text: the ends depend on what stands beside it.
    ...[0, 1, 2].map((shift) => {
      const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
      return shifted.slice(shift === 0 ? 0 : 4, Math.floor((shift + bytes.length) / 3) * 4);
    }),
    bytes.toString("hex"),
  ];
  const digits = text.replaceAll("-", "");
  if (/^\d{8,}$/.test(digits)) texts.push(digits, `+82${digits.slice(1)}`);
  const all = [...new Set(texts)].map((one) => Buffer.from(one)).filter(({ length }) => length >= 6);
  return [...all, Buffer.from(text, "utf16le")];
}

/** The names of the sentinels that these bytes hold, in any spelling. */
export function sentinelsIn(bytes: Buffer | string, sentinels: Sentinels): string[] {
  const haystack = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  return Object.entries(sentinels)
    .filter(([, text]) => spellings(text).some((spelling) => haystack.includes(spelling)))
    .map(([name]) => name);
}

/** No sink holds a sentinel, but in the fields where it is documented. */
export function assertSilent(
  sinks: readonly Sink[],
  { sentinels, documented }: { sentinels: Sentinels; documented: Documented },
): void {
  for (const sink of sinks) {
    const found = sentinelsIn(sink.bytes, sentinels).filter((name) => !sink.allowed?.includes(name));
    const leaked = found.filter((name) => !isDocumented(sink, { name, sentinels, documented }));
    assert.deepEqual(leaked, [], `${sink.what} holds ${leaked.join(", ")}: ${shown(sink.bytes)}`);
  }
}

function isDocumented(
  { json }: Sink,
  { name, sentinels, documented }: { name: string; sentinels: Sentinels; documented: Documented },
): boolean {
  const only = { [name]: sentinels[name] ?? "" };
  const places = [...leavesOf(json, "")].filter(([, text]) => sentinelsIn(text, only).length > 0);
  return places.length > 0 && places.every(([path]) => documented[name]?.includes(path));
}

/** Every key and every value of a JSON text, with its path. */
function* leavesOf(value: unknown, path: string): Generator<[path: string, text: string]> {
  if (typeof value !== "object" || value === null) {
    yield [path, String(value)];
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    const step = Array.isArray(value) ? "*" : key;
    yield [`${path}.${step} (key)`, Array.isArray(value) ? "" : key];
    yield* leavesOf(item, path === "" ? step : `${path}.${step}`);
  }
}

function shown(bytes: Buffer): string {
  return bytes.length > 3000 ? `${bytes.length} bytes` : bytes.toString();
}
