// Builds the pages: `node web/build.ts <digest of the sources>`. Run by bin/prepare.mjs, when they are newer than what was built.
// dist/pages is the live server's: assets/ for browsers, server/ to render with. dist/emulator is the sandbox's own.
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, type InlineConfig } from "vite";

const WEB = import.meta.dirname;
const DIST = join(WEB, "..", "dist");
/** Below this a compressed copy saves no packet. */
const COMPRESSED_BYTES_MIN = 1024;

const shared = (root: string): InlineConfig => ({
  root,
  configFile: false,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});

const output = {
  emptyOutDir: true,
  target: "es2022",
  // A data: address in a style would need a hole in the policy.
  assetsInlineLimit: 0,
  modulePreload: { polyfill: false },
  reportCompressedSize: false,
} as const;

async function buildPages(outDir: string): Promise<void> {
  const server = join(outDir, "server");
  await build({
    ...shared(WEB),
    build: {
      ...output,
      outDir,
      manifest: "manifest.json",
      rolldownOptions: { input: { checkout: join(WEB, "checkout", "main.tsx") } },
    },
  });
  await build({
    ...shared(WEB),
    ssr: { noExternal: true },
    build: {
      ...output,
      emptyOutDir: false,
      outDir: server,
      ssr: true,
      ssrEmitAssets: true,
      rolldownOptions: { input: { checkout: join(WEB, "checkout", "server.tsx") } },
    },
  });
  // What only the documents name, and browsers load all the same.
  for (const name of globSync("assets/*.svg", { cwd: server }))
    renameSync(join(server, name), join(outDir, name));
  rmSync(join(server, "assets"), { recursive: true, force: true });
}

/** A build of its own: what buyers load must not be cut into pieces for what operators load. */
async function buildConsole(outDir: string): Promise<void> {
  await build({
    ...shared(WEB),
    build: {
      ...output,
      emptyOutDir: false,
      outDir,
      rolldownOptions: { input: { console: join(WEB, "console", "console.html") } },
    },
  });
}

async function buildEmulator(outDir: string): Promise<void> {
  const root = join(WEB, "emulator");
  const page = (name: string) => join(root, `${name}.html`);
  await build({
    ...shared(root),
    build: {
      ...output,
      outDir,
      rolldownOptions: { input: { window: page("window"), admin: page("admin"), receipt: page("receipt") } },
    },
  });
}

/** Compressed once, here, and as well as can be: the server has other things to do. */
function compress(folder: string): void {
  for (const name of globSync("assets/*.{js,css,svg}", { cwd: folder })) {
    const path = join(folder, name);
    const bytes = readFileSync(path);
    if (bytes.length < COMPRESSED_BYTES_MIN) continue;
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
    writeFileSync(
      `${path}.br`,
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
    );
  }
}

/** Puts a finished folder in the place of the old one. Two commands may build at the same time: either's is right. */
function swap(from: string, to: string): void {
  unless("ENOENT", () => renameSync(to, `${from}-before`));
  unless("ENOTEMPTY", () => renameSync(from, to));
}

function unless(code: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== code) throw error;
  }
}

const [digest] = process.argv.slice(2);
if (digest === undefined) throw new Error("Run node bin/prepare.mjs: it names the digest of the sources");
const work = join(DIST, `.building-${process.pid}`);
mkdirSync(work, { recursive: true });
try {
  await buildPages(join(work, "pages"));
  await buildConsole(join(work, "pages"));
  await buildEmulator(join(work, "emulator"));
  for (const name of ["pages", "emulator"]) {
    compress(join(work, name));
    swap(join(work, name), join(DIST, name));
  }
  writeFileSync(join(DIST, "built-from.txt"), `${digest}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
