import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { CheckoutRenderer, CheckoutView, PageAssets, ShopSign } from "./checkout-schemas.ts";
import type { PageLanguage } from "./preferred-language.ts";

const DIST = fileURLToPath(new URL("../../dist/pages/", import.meta.url));
/** What browsers load: every name holds a hash of its content. */
export const ASSETS_FOLDER = join(DIST, "assets");
export const ASSETS_PATH = "/assets/";

const ENTRY = "checkout/main.tsx";
const CONSOLE_PAGE = join(DIST, "console", "console.html");

/** The pages as they were built from web/. */
export interface Pages {
  checkout(view: CheckoutView, language: PageLanguage): string;
  notFound(shopSign: ShopSign, language: PageLanguage): string;
}

let opened: Promise<Pages> | undefined;

/** Reads the pages, once a process. @throws Error that says what to do where they have not been built */
export function openPages(): Promise<Pages> {
  opened ??= readPages();
  return opened;
}

async function readPages(): Promise<Pages> {
  const assets = readAssets();
  const renderer: CheckoutRenderer = await import(pathToFileURL(join(DIST, "server", "checkout.js")).href);
  return {
    checkout: (view, language) => renderer.renderCheckout(view, { language, assets }),
    notFound: (shopSign, language) => renderer.renderNotFound(shopSign, { language, assets }),
  };
}

/** The one document of the console: it is the same for everybody, and holds nothing. @throws as `openPages` */
export function readConsolePage(): string {
  return readBuilt(CONSOLE_PAGE);
}

interface ManifestEntry {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}

function readAssets(): PageAssets {
  const manifest = readManifest();
  const chunks = chunksOf(manifest, ENTRY);
  const path = (file: string) => `/${file}`;
  return {
    script: path(manifest[ENTRY]?.file ?? ""),
    styles: chunks.flatMap(({ css = [] }) => css).map(path),
    preloads: chunks.slice(1).map(({ file }) => path(file)),
  };
}

/** The entry, and what it cannot do without. What it loads later is left out. */
function chunksOf(manifest: Readonly<Record<string, ManifestEntry>>, name: string): ManifestEntry[] {
  const entry = manifest[name];
  if (entry === undefined) throw new Error(`Invariant violated: the pages were built without ${name}`);
  return [entry, ...(entry.imports ?? []).flatMap((other) => chunksOf(manifest, other))];
}

function readManifest(): Readonly<Record<string, ManifestEntry>> {
  return JSON.parse(readBuilt(join(DIST, "manifest.json")));
}

function readBuilt(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`Cannot read the pages in ${DIST}: run node bin/prepare.mjs`, { cause });
  }
}
