import { globSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import fc from "fast-check";
import { type CollectedTest, collected } from "./collected-tests.ts";

/** What Stryker's instrumented sources read and write. Source: @stryker-mutator/instrumenter 10, instrument-coverage.js. */
interface Namespace {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount: number;
  hitLimit: number;
  readonly mutantCoverage: {
    readonly static: Record<string, number>;
    readonly perTest: Record<string, Record<string, number>>;
  };
}

interface KnownTest extends CollectedTest {
  readonly file: string;
  ms: number;
  /** How often this test came by each mutant. */
  hits: Readonly<Record<string, number>>;
}

/** A mutant for this worker alone, which then must be in force while modules are loaded. */
export interface Cold {
  readonly mutant: string;
  /** In the order in which they are to be run. */
  readonly files: readonly string[];
}

export interface WorkerData {
  readonly sandbox: string;
  readonly cold?: Cold;
}

export type Verdict =
  | { readonly kind: "survived" }
  | { readonly kind: "killed"; readonly by: string }
  /** The mutant is read while modules load or tests are defined: only a worker of its own can say. */
  | { readonly kind: "cold"; readonly files: readonly string[] };

/** A loop that a mutant made endless comes by it again and again: so much more often than the source does, and a test fails. */
const HITS_FACTOR = 100;
/** Where it is not known how often the source does. */
const HITS_MAX = 20_000_000;

const { sandbox, cold } = workerData as WorkerData;
const namespace: Namespace = {
  activeMutant: cold?.mutant,
  hitCount: 0,
  hitLimit: HITS_MAX,
  mutantCoverage: { static: {}, perTest: {} },
};
Object.assign(globalThis, { __stryker__: namespace });
const shim = new URL("./collected-tests.ts", import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "node:test"
      ? { url: shim, format: "module-typescript", shortCircuit: true }
      : next(specifier, context),
});
// One seed, or a mutant might live in one run and die in the next.
fc.configureGlobal({ seed: 1 });

async function load(file: string): Promise<readonly KnownTest[]> {
  const from = collected.length;
  await import(pathToFileURL(join(sandbox, file)).href);
  return collected.slice(from).map((test) => ({ ...test, file, ms: 0, hits: {} }));
}

/** The name and message of the first test that fails. */
async function firstFailure(tests: readonly KnownTest[]): Promise<string | undefined> {
  for (const test of tests) {
    const { activeMutant } = namespace;
    const hits = activeMutant === undefined ? undefined : test.hits[activeMutant];
    namespace.hitLimit = hits === undefined ? HITS_MAX : (hits + 10) * HITS_FACTOR;
    namespace.hitCount = 0;
    try {
      await test.run();
    } catch (error) {
      return `${test.name}: ${error instanceof Error ? error.message.slice(0, 500) : String(error)}`;
    }
  }
  return undefined;
}

const verdictOf = (failure: string | undefined): Verdict =>
  failure === undefined ? { kind: "survived" } : { kind: "killed", by: failure };

async function judgeCold({ files }: Cold): Promise<Verdict> {
  for (const file of files) {
    try {
      const failure = await firstFailure(await load(file));
      if (failure !== undefined) return verdictOf(failure);
    } catch (error) {
      return { kind: "killed", by: `${file} does not load: ${String(error)}` };
    }
  }
  return { kind: "survived" };
}

const tests: KnownTest[] = [];
/** Mutants that are read while the modules of the domain load. */
const atLoad = new Set<string>();
/** Mutants that are read while the tests of these files are defined. */
const atDefinition = new Map<string, Set<string>>();

/** Loads every test and runs each twice without a mutant: in order, and as mutants will see them. */
async function prepare(): Promise<Verdict> {
  const { mutantCoverage } = namespace;
  for (const file of globSync("src/domain/*.ts", { cwd: sandbox, exclude: ["**/*.test.ts"] }))
    await import(pathToFileURL(join(sandbox, file)).href);
  for (const mutant of Object.keys(mutantCoverage.static)) atLoad.add(mutant);
  for (const file of testFiles()) {
    const before = { ...mutantCoverage.static };
    tests.push(...(await load(file)));
    for (const [mutant, hits] of Object.entries(mutantCoverage.static)) {
      if (hits === before[mutant]) continue;
      atDefinition.set(mutant, (atDefinition.get(mutant) ?? new Set()).add(file));
    }
  }
  for (const test of tests) {
    namespace.currentTestId = test.name;
    const startedAt = performance.now();
    const failure = await firstFailure([test]);
    if (failure !== undefined) return verdictOf(failure);
    test.ms = performance.now() - startedAt;
    test.hits = mutantCoverage.perTest[test.name] ?? {};
  }
  namespace.currentTestId = undefined;
  tests.sort((one, other) => one.ms - other.ms);
  return verdictOf(await firstFailure(tests));
}

const testFiles = () => globSync("src/domain/*.test.ts", { cwd: sandbox }).sort();

/** A file whose tests are defined without the mutant says the same here as in a worker of its own. */
async function judge(mutant: string): Promise<Verdict> {
  if (atLoad.has(mutant)) {
    const likely = tests.filter(({ hits }) => mutant in hits).map(({ file }) => file);
    return { kind: "cold", files: [...new Set([...likely, ...testFiles()])] };
  }
  const defining = atDefinition.get(mutant);
  namespace.activeMutant = mutant;
  const failure = await firstFailure(
    tests.filter(({ hits, file }) => mutant in hits && defining?.has(file) !== true),
  );
  namespace.activeMutant = undefined;
  if (failure !== undefined || defining === undefined) return verdictOf(failure);
  return { kind: "cold", files: [...defining] };
}

const answer = (verdict: Verdict) => parentPort?.postMessage(verdict);
if (cold === undefined) {
  // An empty name asks for all tests without a mutant.
  parentPort?.on("message", async (mutant: string) => {
    if (mutant !== "") return answer(await judge(mutant));
    return answer(tests.length === 0 ? await prepare() : verdictOf(await firstFailure(tests)));
  });
} else {
  answer(await judgeCold(cold));
}
