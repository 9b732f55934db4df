import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "../../support/postgres/start-postgres.ts";
import { SHARED_POSTGRES } from "../../support/postgres/test-databases.ts";
import { filesWithNames } from "./find-tests.ts";
import type { Ended } from "./test-reporter.ts";

const AT_ONE_TIME = 3;
const FILE_MS_MAX = 240_000;

/** Runs every test file that names a class, each in a process of its own, and tells how each of its tests ended. */
export async function runNamedTests(): Promise<readonly Ended[]> {
  const folder = mkdtempSync(join(tmpdir(), "dojang-forgery-report-"));
  const path = join(folder, "tests.jsonl");
  await using shared = await startPostgres();
  const args = [
    "--test",
    `--test-concurrency=${AT_ONE_TIME}`,
    `--test-timeout=${FILE_MS_MAX}`,
    "--test-reporter=./test/forgery/report/test-reporter.ts",
    `--test-reporter-destination=${path}`,
  ];
  const env = { ...process.env, [SHARED_POSTGRES]: shared.adminUrl };
  const child = spawn(process.execPath, [...args, ...filesWithNames()], {
    stdio: ["ignore", "ignore", "inherit"],
    env,
  });
  await once(child, "close");
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  rmSync(folder, { recursive: true });
  return lines.map((line) => JSON.parse(line) as Ended);
}
