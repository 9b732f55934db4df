// Goal: the shape that docs/architecture.md promises is the shape that the tree has. Method: read every source file's
// imports as text and hold them against one table.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LINES_MAX = 300;

/** What each part of src may import, beside itself. Files directly in src are parts of their own. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  "clock.ts": [],
  "errors.ts": [],
  "env.ts": [],
  "log.ts": [],
  "config.ts": ["env.ts", "events-config.ts", "page-config.ts", "return-config.ts", "texts-config.ts"],
  "events-config.ts": ["env.ts"],
  "page-config.ts": ["env.ts"],
  "payment-sdk.ts": ["config.ts", "env.ts"],
  "return-config.ts": ["domain", "env.ts"],
  "texts-config.ts": ["env.ts"],
  events: ["clock.ts"],
  notify: ["clock.ts", "texts-config.ts", "log.ts"],
  gateway: ["domain", "clock.ts", "log.ts"],
  storage: ["domain", "clock.ts", "config.ts", "env.ts", "errors.ts", "log.ts"],
  usecases: ["domain", "events", "gateway", "storage", "notify", "clock.ts", "errors.ts", "log.ts"],
  tasks: ["domain", "usecases", "storage"],
  http: ["domain", "usecases", "storage", "errors.ts", "env.ts", "log.ts"],
  "listen.ts": ["config.ts", "http", "payment-sdk.ts", "usecases"],
  emulator: [],
  "main.ts": [
    "clock.ts",
    "config.ts",
    "domain",
    "events",
    "gateway",
    "listen.ts",
    "log.ts",
    "notify",
    "payment-sdk.ts",
    "storage",
    "tasks",
    "usecases",
  ],
  "sandbox.ts": ["clock.ts", "config.ts", "emulator", "events", "log.ts", "main.ts", "usecases"],
  cli: [
    "clock.ts",
    "config.ts",
    "env.ts",
    "errors.ts",
    "events",
    "log.ts",
    "main.ts",
    "sandbox.ts",
    "emulator",
    "storage",
    "usecases",
  ],
};

/** Use cases, tasks and routes see ports, never an engine or a client. */
const PORTS: Readonly<Record<string, readonly string[]>> = {
  events: ["src/events/event-endpoint.ts", "src/events/confirm-hook.ts"],
  gateway: ["src/gateway/gateway.ts"],
  storage: ["src/storage/store.ts"],
  notify: ["src/notify/notifier.ts"],
};
const SEES_PORTS_ONLY = ["usecases", "tasks", "http"];
/** Reached by the command, by a start script or by a test runner, not by an import. */
const ENTRIES = ["src/cli/main.ts"];

interface Source {
  readonly path: string;
  readonly part: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources = globSync("src/**/*.ts", { cwd: ROOT })
  .map((path) => path.replaceAll("\\", "/"))
  .map((path): Source => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
    return { path, part: path.split("/")[1] ?? "", text, imports };
  });
const product = sources.filter(({ path }) => !path.endsWith(".test.ts"));

function resolved({ path }: Source, specifier: string): string {
  return normalize(join(dirname(path), specifier)).replaceAll("\\", "/");
}

describe("the tree", () => {
  test("has files to look at", () => {
    assert.ok(product.length > 50, `only ${product.length} source files were found`);
  });

  test("has no folder that the layer table does not know", () => {
    assert.deepEqual(
      [...new Set(sources.map(({ part }) => part))].filter((part) => !(part in MAY_IMPORT)),
      [],
    );
  });

  test("imports only in the direction of the layer table", () => {
    const forbidden = product.flatMap((source) =>
      source.imports
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => resolved(source, specifier))
        .filter((target) => target.startsWith("src/"))
        .filter((target) => {
          const part = target.split("/")[1] ?? "";
          return part !== source.part && !MAY_IMPORT[source.part]?.includes(part);
        })
        .map((target) => `${source.path} imports ${target}`),
    );
    assert.deepEqual(forbidden, []);
  });

  test("shows use cases, tasks and routes the ports only", () => {
    const around = product
      .filter(({ part }) => SEES_PORTS_ONLY.includes(part))
      .flatMap((source) =>
        source.imports
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => resolved(source, specifier))
          .filter((target) => {
            const ports = PORTS[target.split("/")[1] ?? ""];
            return ports !== undefined && !ports.includes(target);
          })
          .map((target) => `${source.path} imports ${target}`),
      );
    assert.deepEqual(around, []);
  });

  test("keeps the domain free of everything, node included", () => {
    const impure = product
      .filter(({ part }) => part === "domain")
      .flatMap(({ path, imports, text }) => [
        ...imports
          .filter((specifier) => !specifier.startsWith("./"))
          .map((specifier) => `${path} imports ${specifier}`),
        ...(/\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\./.test(text)
          ? [`${path} reads the world`]
          : []),
      ]);
    assert.deepEqual(impure, []);
  });

  test("reads process.env at the command's door only", () => {
    const readers = product.filter(({ text }) => text.includes("process.env")).map(({ path }) => path);
    assert.deepEqual(readers, ["src/cli/main.ts"]);
  });

  test("R56-b keeps the emulator and the shop out of what a live server loads", () => {
    const loaded = new Set<string>();
    const queue = ["src/cli/main.ts"];
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (loaded.has(path)) continue;
      loaded.add(path);
      const source = sources.find((candidate) => candidate.path === path);
      const eager = source?.text.matchAll(/^(?:import(?! type)|export)[^;]*?from "(\.[^"]+)"/gms) ?? [];
      for (const match of eager) queue.push(resolved({ path } as Source, match[1] ?? ""));
    }
    assert.ok(loaded.size > 30);
    assert.deepEqual(
      [...loaded].filter((path) => /^(examples|src\/emulator|src\/sandbox)/.test(path)),
      [],
    );
  });

  test("lets pages know of the server what the compiler forgets, and the server nothing of the pages", () => {
    const pages = globSync("web/**/*.{ts,tsx}", { cwd: ROOT });
    assert.ok(pages.length > 40, `only ${pages.length} files of the pages were found`);
    const knowing = pages.flatMap((path) => {
      const imports = readFileSync(join(ROOT, path), "utf8").matchAll(
        /^import (?!type )[^;]*?from "([^"]+)"/gms,
      );
      return [...imports]
        .filter(([, target]) => target?.includes("/src/"))
        .map(([line]) => `${path}: ${line}`);
    });
    assert.deepEqual(knowing, []);
    assert.deepEqual(
      product
        .filter(({ imports }) => imports.some((target) => target.includes("/web/")))
        .map(({ path }) => path),
      [],
    );
  });

  test(`keeps every source file within ${LINES_MAX} lines`, () => {
    const files = globSync("{src/**/*.ts,web/**/*.{ts,tsx,css}}", { cwd: ROOT });
    const long = files.map((path) => ({
      path,
      lines: readFileSync(join(ROOT, path), "utf8").split("\n").length,
    }));
    assert.deepEqual(
      long.filter(({ lines }) => lines > LINES_MAX + 1),
      [],
    );
  });

  test("has no source file that nothing imports", () => {
    const imported = new Set(
      sources.flatMap((source) => source.imports.map((specifier) => resolved(source, specifier))),
    );
    const dead = product
      .map(({ path }) => path)
      .filter((path) => !imported.has(path) && !ENTRIES.includes(path));
    assert.deepEqual(dead, []);
  });

  test("holds no address of a registry and no path of a developer's machine", () => {
    const tracked = globSync("{README.md,docs/**/*.md,package-lock.json,src/**/*.ts,bin/*,scripts/**/*.ts}", {
      cwd: ROOT,
    });
    const naming = tracked.filter((path) =>
      /registry\.npmjs|\/home\/\w+\/|\/root\//.test(readFileSync(join(ROOT, path), "utf8")),
    );
    assert.deepEqual(naming, []);
  });
});
