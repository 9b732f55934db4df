import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPostgres, hasPostgresTool } from "../support/postgres/find-postgres.ts";
import type { Ground } from "./ground.ts";

/** Keeps what a finding can be understood by: database, logs, the gateway's ledger, what was told. @returns where */
export function keepEvidence(ground: Ground, findings: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), `dojang-torture-found-${ground.engine}-`));
  const { base, places, emulator, told, shop } = ground;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("findings.txt", findings.join("\n"));
  for (const place of places) write(`${place.name}.log`, place.log);
  write("gateway.json", JSON.stringify([...emulator.model.state.payments.values()], null, 1));
  write("shop.json", JSON.stringify(shop.taken, null, 1));
  write(
    "told.json",
    JSON.stringify(told, (_, value) => (isCollection(value) ? [...value] : value), 1),
  );
  if (ground.engine === "sqlite") {
    const path = base.directUrl.slice("sqlite:".length);
    for (const suffix of ["", "-wal", "-shm"])
      if (existsSync(path + suffix)) cpSync(path + suffix, join(folder, `dojang.db${suffix}`));
  } else if (hasPostgresTool("pg_dump")) {
    const args = ["--dbname", base.directUrl, "--file", join(folder, "dojang.sql")];
    execFileSync(join(findPostgres().folder, "pg_dump"), args, { stdio: "ignore" });
  }
  return folder;
}

function isCollection(value: unknown): value is Map<unknown, unknown> | Set<unknown> {
  return value instanceof Map || value instanceof Set;
}
