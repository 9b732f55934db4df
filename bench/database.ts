import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runSql, SERVER_ROLE, startPostgres } from "../test/support/postgres/start-postgres.ts";

/** A PostgreSQL on disk, as a shop would run one: durable, with full pages, cleaning up by itself. */
export interface Database {
  readonly pid: number;
  /** A new database of the server's role. */
  create(): Promise<string>;
  /** The address of the same database for the superuser. */
  asAdmin(url: string): string;
  close(): Promise<void>;
}

/** Beside fsync and synchronous_commit, which are on: a small machine's share of memory, and checkpoints that are not forced. */
const SETTINGS = {
  full_page_writes: "on",
  autovacuum: "on",
  shared_buffers: "1GB",
  effective_cache_size: "4GB",
  max_wal_size: "4GB",
  checkpoint_timeout: "5min",
  wal_compression: "on",
  maintenance_work_mem: "512MB",
};

export async function openDatabase(): Promise<Database> {
  const server = await startPostgres({ settings: SETTINGS, isOnDisk: true });
  const [pid] = readFileSync(join(server.node.dataFolder, "postmaster.pid"), "utf8").split("\n");
  return {
    pid: Number(pid),
    async create() {
      const name = `bench_${randomBytes(4).toString("hex")}`;
      await runSql(server.adminUrl, `CREATE DATABASE ${name} OWNER ${SERVER_ROLE}`);
      const url = new URL(server.adminUrl);
      url.username = SERVER_ROLE;
      url.pathname = `/${name}`;
      return url.href;
    },
    asAdmin(url) {
      const admin = new URL(server.adminUrl);
      admin.pathname = new URL(url).pathname;
      return admin.href;
    },
    async close() {
      await server[Symbol.asyncDispose]();
    },
  };
}
