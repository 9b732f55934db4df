import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

interface Entry {
  readonly version?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const packages: Readonly<Record<string, Entry>> = JSON.parse(read("package-lock.json")).packages;

test("package-lock.json holds the packages of every platform, or npm ci refuses it on a fresh clone", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        packages[`node_modules/${name}`] === undefined &&
        packages[`${path}/node_modules/${name}`] === undefined,
    ),
  );
  assert.deepEqual(missing, []);
});

test("package-lock.json names no host that packages came from", () => {
  assert.deepEqual(
    Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined),
    [],
  );
});

test("R57-a an install runs no script of a package, and what a server loads brings none", () => {
  assert.match(read(".npmrc"), /^ignore-scripts=true$/m);
  const running = Object.entries(packages).filter(
    ([, { hasInstallScript, dev }]) => hasInstallScript && !dev,
  );
  assert.deepEqual(running, []);
});

test("R57-b every package that we name is pinned, and has its reason in decision 1", () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read("package.json"));
  const named: Readonly<Record<string, string>> = {
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  };
  const reasons = read("docs/decisions/0001-dependencies.md");
  for (const [name, version] of Object.entries(named)) {
    assert.match(version, /^[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9.]+)?$/, `${name} is pinned`);
    assert.equal(packages[`node_modules/${name}`]?.version, version, `${name} is what is installed`);
    if (!name.startsWith("@types/")) assert.ok(reasons.includes(name), `${name} has no reason`);
  }
});
