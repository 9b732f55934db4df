import { readFileSync } from "node:fs";

/** A setting is missing or wrong: one line that says what to set. Holds no value of a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Env = Readonly<Record<string, string | undefined>>;

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export function text(env: Env, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

/** The value itself or, under `<NAME>_FILE`, the content of a file. */
export function secret(env: Env, name: string): string | undefined {
  const path = text(env, `${name}_FILE`);
  const value = text(env, name);
  if (path === undefined) return value;
  if (value !== undefined) throw new ConfigError(`Set ${name} or ${name}_FILE, not both`);
  try {
    const content = readFileSync(path, "utf8").trim();
    if (content !== "") return content;
  } catch {
    throw new ConfigError(`Set ${name}_FILE to a file that this process can read`);
  }
  throw new ConfigError(`Set ${name}_FILE to a file that is not empty`);
}

/** A value for a message: without control characters, so that the message stays the one line that it is. */
export function shown(value: string): string {
  return value.replace(/\p{Cc}/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function list(env: Env, name: string): string[] {
  return (text(env, name) ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** @param name the setting that holds it, for the message */
export function origin(entry: string, name: string): string {
  const parsed = URL.parse(entry);
  if (
    parsed === null ||
    !["https:", "http:"].includes(parsed.protocol) ||
    parsed.origin !== entry.replace(/\/$/, "")
  ) {
    throw new ConfigError(`Set ${name} to origins such as https://shop.example.com: saw ${shown(entry)}`);
  }
  return parsed.origin;
}

/** An http(s) address with nothing but host and path; undefined for any other text. */
export function plainWebUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || !["https:", "http:"].includes(url.protocol)) return undefined;
  return url.username + url.password + url.search + url.hash === "" ? url : undefined;
}

export function oneOf<Choice extends string>(
  env: Env,
  name: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const value = text(env, name);
  if (value === undefined) return fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw new ConfigError(`Set ${name} to ${choices.join(" or ")}: saw ${shown(value)}`);
  return choice;
}

export function wholeNumber(
  env: Env,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const number = /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max))
    throw new ConfigError(`Set ${name} to a whole number from ${min} to ${max}: saw ${shown(value)}`);
  return number;
}

export function port(env: Env, name: string): number | undefined {
  return wholeNumber(env, name, { min: 0, max: 65_535 });
}

export function duration(env: Env, name: string, fallbackMs: number): number {
  const value = text(env, name);
  if (value === undefined) return fallbackMs;
  const parts = /^([0-9]+)(ms|s|m|h|d)$/.exec(value);
  const unit = DURATION_UNITS_MS[parts?.[2] ?? ""];
  const ms = Number(parts?.[1]) * (unit ?? Number.NaN);
  if (!(ms >= 1000 && ms <= 90 * 86_400_000))
    throw new ConfigError(`Set ${name} to a time such as 30m or 72h, 1s to 90d: saw ${shown(value)}`);
  return ms;
}

export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname === "[::1]" ||
    hostname === "::1" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

/** An optional property that is there only when it has a value. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
