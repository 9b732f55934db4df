import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** One step of the schema, forward only. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

const FILE = /^([0-9]{4})-([a-z0-9-]+)\.sql$/;

/** All steps of one engine that this release knows, from 1 on without a gap. */
export function readMigrations(engine: "sqlite" | "postgres"): readonly Migration[] {
  const folder = new URL(`./migrations/${engine}/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => FILE.test(file));
  const migrations = files.sort().map((file) => {
    const [, number = "", name = ""] = FILE.exec(file) ?? [];
    return createMigration({
      version: Number(number),
      name,
      sql: readFileSync(new URL(file, folder), "utf8"),
    });
  });
  if (migrations.some((migration, index) => migration.version !== index + 1)) {
    throw new Error(`Cannot read migrations: expected 0001 to 000n, got ${files.join(", ")}`);
  }
  return migrations;
}

export function createMigration(source: Omit<Migration, "checksum">): Migration {
  // Line ends differ between checkouts; the statements do not.
  const checksum = createHash("sha256").update(source.sql.replaceAll("\r\n", "\n")).digest("hex");
  return { ...source, checksum };
}

/** As its file is named. */
export function stepName({ version, name }: Pick<Migration, "version" | "name">): string {
  return `${String(version).padStart(4, "0")}-${name}`;
}
