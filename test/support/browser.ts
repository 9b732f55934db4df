import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import packedChromium, { inflate } from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

const SYSTEM_BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/**
 * Starts a headless Chromium: the machine's own, or the one that npm brought along.
 *
 * @throws when neither can run here; the message says what was tried
 */
export async function openBrowser(): Promise<Browser> {
  const own = SYSTEM_BROWSERS.find((path) => existsSync(path));
  if (own !== undefined) return launch(own);
  const folder = await unpackChromium();
  const executablePath = join(folder, "chromium");
  try {
    return await launch(executablePath);
  } catch (error) {
    if (!String(error).includes("error while loading shared libraries")) throw error;
    return launch(executablePath, { LD_LIBRARY_PATH: join(folder, "al2023", "lib") });
  }
}

function launch(executablePath: string, environment: Record<string, string> = {}): Promise<Browser> {
  // No sandbox: it cannot start as root or in most containers, and these pages are our own, on loopback.
  // The packed build's other switches (single process, no web security) would make the tests say less.
  const args = ["--no-sandbox", "--font-render-hinting=none"];
  return chromium.launch({ executablePath, args, env: { ...process.env, ...environment } });
}

/**
 * Unpacks the browser that npm brought along, and the libraries that a bare machine lacks, once per version.
 *
 * The package takes a half-written file for a finished one, and test files run at the same time. So each run
 * unpacks into a folder of its own, and the rename decides which one stays.
 */
async function unpackChromium(): Promise<string> {
  const home = join(tmpdir(), `dojang-chromium-${packedVersion()}`);
  if (existsSync(home)) return home;
  const folder = await mkdtemp(`${home}-`);
  const environment: { TMPDIR?: string | undefined } = process.env;
  const before = environment.TMPDIR;
  environment.TMPDIR = folder; // the package has no other way to say where
  try {
    await packedChromium.executablePath();
    await inflate(fileURLToPath(new URL("../bin/al2023.tar.br", import.meta.resolve("@sparticuz/chromium"))));
  } finally {
    if (before === undefined) delete environment.TMPDIR;
    else environment.TMPDIR = before;
  }
  try {
    await rename(folder, home);
  } catch (cause) {
    if (!existsSync(home)) throw new Error(`Cannot keep the unpacked browser in ${home}`, { cause });
    await rm(folder, { recursive: true });
  }
  return home;
}

function packedVersion(): string {
  const packageFile = new URL("../package.json", import.meta.resolve("@sparticuz/chromium"));
  return JSON.parse(readFileSync(packageFile, "utf8")).version;
}
