import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";

/** The suites, in the order they run: fast ones first, so that a slip shows early. */
const SUITES: Readonly<Record<string, { readonly files: readonly string[]; readonly concurrency: number }>> =
  {
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
    },
    storage: { files: ["test/storage/**/*.test.ts"], concurrency: 2 },
    http: {
      files: [
        "test/gateway/*.test.ts",
        "test/notify/*.test.ts",
        "test/emulator/*.test.ts",
        "test/http/*.test.ts",
        "test/tasks/*.test.ts",
        "test/events/*.test.ts",
      ],
      concurrency: 2,
    },
    forgery: { files: ["test/forgery/*.test.ts"], concurrency: 2 },
    histories: { files: ["test/histories/*.test.ts"], concurrency: 2 },
    process: { files: ["test/process/*.test.ts"], concurrency: 2 },
    browser: { files: ["test/browser/*.test.ts"], concurrency: 1 },
  };

/** `node scripts/test.ts [suite ...]`: runs the named suites, or all. */
function main(names: readonly string[]): number {
  const chosen = names.length > 0 ? names : Object.keys(SUITES);
  const failed: string[] = [];
  for (const name of chosen) {
    const suite = SUITES[name];
    if (suite === undefined) {
      process.stderr.write(`Cannot run suite ${name}: expected ${Object.keys(SUITES).join(", ")}\n`);
      return 1;
    }
    const files = globSync([...suite.files])
      .filter((file) => existsSync(file))
      .sort();
    if (files.length === 0) {
      process.stdout.write(`\n# ${name}: no test files\n`);
      failed.push(name);
      continue;
    }
    process.stdout.write(`\n# ${name}: ${files.length} files\n`);
    const startedAt = Date.now();
    const args = [
      "--test",
      `--test-concurrency=${suite.concurrency}`,
      "--test-timeout=120000",
      "--test-reporter=spec",
      ...files,
    ];
    const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
    process.stdout.write(
      `# ${name}: ${status === 0 ? "green" : "RED"} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`,
    );
    if (status !== 0) failed.push(name);
  }
  process.stdout.write(failed.length === 0 ? "\nAll suites are green.\n" : `\nRED: ${failed.join(", ")}\n`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
