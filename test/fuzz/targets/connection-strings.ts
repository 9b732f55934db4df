import fc from "fast-check";
import { readDatabase } from "../../../src/config.ts";
import { ConfigError } from "../../../src/env.ts";
import { readPostgresUrl } from "../../../src/storage/postgres/hosts.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

/** Long and strange enough that it stands nowhere by chance. */
const SECRET = /S3cr3t[^@/?#:]*/;

/** `readDatabase` and `readPostgresUrl`: a connection string is read or refused in one line, and its password is in no message. */
export const connectionStrings: FuzzTarget = {
  name: "connection-strings",
  sources: ["/src/storage/postgres/hosts.ts"],
  seeds: [
    "postgres://user:S3cr3tPass@db1:5432,db2:5433/dojang?pgbouncer=true&sslmode=require",
    "postgresql://user:S3cr3tPass@[::1]:5432/dojang",
    "postgres:///dojang?host=/run/postgres",
    "sqlite:data/dojang.db",
    "sqlite::memory:",
    "postgres://user:S3cr3t%2FPass@/name?target_session_attrs=read-write",
  ],
  dictionary: [
    "postgres://",
    "S3cr3tPass",
    "@",
    ":",
    "/",
    "?",
    "#",
    ",",
    "%2F",
    "%0A",
    "[::1]",
    "pgbouncer=",
    "&",
    "%",
    "65536",
    "\n",
  ],
  grammar: fc
    .record({
      user: fc.constantFrom("user", "a%40b", ""),
      password: fc.string({ maxLength: 8 }).map((text) => `S3cr3t${text}`),
      places: fc.array(
        fc.tuple(
          fc.constantFrom("db", "[::1]", "10.0.0.1", ""),
          fc.constantFrom("", ":5432", ":0", ":70000"),
        ),
        { maxLength: 3 },
      ),
      rest: fc.constantFrom("", "/", "/name", "/name?pgbouncer=true", "/name?pgbouncer=no", "?x=%0A"),
    })
    .map(
      ({ user, password, places, rest }) =>
        `postgres://${user}:${password}@${places.map((place) => place.join("")).join(",")}${rest}`,
    ),
  bytesMax: 256,
  run(input) {
    const text = input.toString("utf8");
    const kind = readKind(text);
    if (kind !== "postgres") return kind;
    try {
      const { hosts, shown, isPooled } = readPostgresUrl(text);
      expect(hosts.length > 0, "readPostgresUrl() names no host", () => text);
      for (const { host, port, url } of hosts) {
        expect(
          host !== "" && Number.isInteger(port) && port >= 1 && port <= 65_535,
          "readPostgresUrl() names no host and port",
          () => [text, host, port],
        );
        expect(
          /^postgres(ql)?:\/\//.test(url) && !/\?(.*&)?pgbouncer=/.test(url),
          "readPostgresUrl() hands on what is ours",
          () => [text, url],
        );
      }
      checkHidden(text, shown);
      return `postgres ${hosts.length} ${isPooled}`;
    } catch (error) {
      if (!(error instanceof Error) || ruleNames.has(error.name)) throw error;
      checkHidden(text, error.message);
      return `refused ${error.message.slice(0, 14)}`;
    }
  },
};

const ruleNames: ReadonlySet<string> = new Set(["Finding", "RangeError", "ReferenceError"]);

function readKind(text: string): string {
  try {
    const database = readDatabase(text);
    const rest = database.kind === "sqlite" ? `sqlite:${database.path}` : database.url;
    expect(rest === text, "readDatabase() changes the address", () => text);
    return database.kind;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(
      error.message === "Set DATABASE_URL to sqlite:<path> or postgres://...",
      "readDatabase() says something else",
      () => error.message,
    );
    return "refused";
  }
}

/** Whatever the buyer of a wrong quote typed: what is shown is one line, without the password. */
function checkHidden(text: string, shown: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(!/[\u0000-\u001f]/.test(shown), "readPostgresUrl() says more than one line", () => [text, shown]);
  const password = /^postgres(?:ql)?:\/\/[^:@/?#]*:(.*)@/s.exec(text)?.[1] ?? "";
  const secret = SECRET.exec(password)?.[0];
  // Elsewhere in the address it is no secret.
  if (secret !== undefined && text.split(secret).length > 2) return;
  expect(secret === undefined || !shown.includes(secret), "readPostgresUrl() shows the password", () => [
    text,
    shown,
  ]);
}
