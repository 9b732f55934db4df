import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../test/support/postgres/start-postgres.ts";
import { SHARED_POSTGRES } from "../test/support/postgres/test-databases.ts";
import { TEST_ENGINE } from "../test/support/test-engine.ts";

interface Suite {
  readonly files: readonly string[];
  readonly concurrency: number;
  /** Whether files share processes, `concurrency` of them: where most of a file's time is the start of its process. */
  readonly isShared?: true;
  /** The engine below the servers of its tests. Default: the one that the command names, or SQLite. */
  readonly engine?: "postgres" | "sqlite";
}

/** The suites, in the order they run: fast ones first, so that a slip shows early. */
const SUITES: Readonly<Record<string, Suite>> = {
  unit: {
    files: [
      "src/**/*.test.ts",
      "web/**/*.test.ts",
      "test/support/*.test.ts",
      "test/tidy.test.ts",
      "test/docs/*.test.ts",
      "test/config/*.test.ts",
    ],
    concurrency: 2,
    isShared: true,
  },
  storage: { files: ["test/storage/**/*.test.ts"], concurrency: 2, isShared: true },
  gateway: {
    files: ["test/gateway/*.test.ts", "test/notify/*.test.ts", "test/emulator/*.test.ts"],
    concurrency: 2,
    isShared: true,
  },
  http: {
    files: ["test/http/*.test.ts", "test/tasks/*.test.ts", "test/events/*.test.ts", "test/fuzz/*.test.ts"],
    concurrency: 3,
  },
  forgery: { files: ["test/forgery/*.test.ts"], concurrency: 3 },
  histories: { files: ["test/{simulation,interleavings}/**/*.test.ts"], concurrency: 2 },
  process: { files: ["test/process/*.test.ts", "test/torture/*.test.ts"], concurrency: 3 },
  // What only PostgreSQL has, and of the rest what leans on the engine most. `npm run test:postgres` runs it all on PostgreSQL.
  postgres: {
    files: [
      "test/postgres/*.test.ts",
      "test/linearizability/*.test.ts",
      "test/http/complete.test.ts",
      "test/forgery/{races,commit-unknown}.test.ts",
      "test/tasks/task-runner.test.ts",
    ],
    concurrency: 3,
    engine: "postgres",
  },
  browser: { files: ["test/browser/*.test.ts"], concurrency: 2 },
};

const FILE_MS_MAX = 120_000;
/** Most files are a process of their own: what one has read and compiled, the next ones need not. */
const COMPILE_CACHE = resolve("node_modules/.cache/compile");

/**
 * `node scripts/test.ts [--on postgres] [suite ...]`: runs the named suites, or all. Whoever needs a PostgreSQL shares one server, and has
 * databases of its own on it.
 */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { on: { type: "string" } },
  });
  const { on } = values;
  if (on !== undefined && on !== "postgres" && on !== "sqlite")
    return refuse(`--on ${on}`, ["postgres", "sqlite"]);
  const names = positionals.length > 0 ? positionals : Object.keys(SUITES);
  const unknown = names.find((name) => !Object.hasOwn(SUITES, name));
  if (unknown !== undefined) return refuse(`suite ${unknown}`, Object.keys(SUITES));
  await using shared = await startPostgres();
  const failed: string[] = [];
  for (const name of names) {
    const suite = SUITES[name];
    if (
      suite !== undefined &&
      !(await isGreen(name, { ...(on && { engine: on }), ...suite }, shared.adminUrl))
    )
      failed.push(name);
  }
  process.stdout.write(failed.length === 0 ? "\nAll suites are green.\n" : `\nRED: ${failed.join(", ")}\n`);
  return failed.length === 0 ? 0 : 1;
}

function refuse(what: string, expected: readonly string[]): number {
  process.stderr.write(`Cannot run ${what}: expected ${expected.join(", ")}\n`);
  return 1;
}

async function isGreen(name: string, suite: Suite, postgresUrl: string): Promise<boolean> {
  const files = globSync([...suite.files])
    .filter((file) => existsSync(file))
    .sort();
  const on = suite.engine === "postgres" ? ", on PostgreSQL" : "";
  process.stdout.write(`\n# ${name}: ${files.length} files${on}\n`);
  if (files.length === 0) return false;
  const startedAt = performance.now();
  const results = await Promise.all(
    processesOf(suite, files).map((args) => runTests(args, envOf(suite, postgresUrl))),
  );
  const isGreen = results.every(Boolean);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`# ${name}: ${isGreen ? "green" : "RED"} in ${seconds} s\n`);
  return isGreen;
}

/** The arguments of each process that runs a part of the suite. */
function processesOf({ concurrency, isShared }: Suite, files: readonly string[]): readonly string[][] {
  if (isShared === undefined) return [[`--test-concurrency=${concurrency}`, ...files]];
  return Array.from({ length: concurrency }, (_, index) => [
    "--test-isolation=none",
    ...files.filter((_file, at) => at % concurrency === index),
  ]);
}

async function runTests(args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ["--test", `--test-timeout=${FILE_MS_MAX}`, "--test-reporter=spec", ...args],
    { stdio: "inherit", env },
  );
  const [status] = await once(child, "close");
  return status === 0;
}

function envOf({ engine }: Suite, postgresUrl: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    [SHARED_POSTGRES]: postgresUrl,
    ...(engine === undefined ? {} : { [TEST_ENGINE]: engine }),
  };
}

process.exitCode = await main(process.argv.slice(2));
