import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Eta } from "eta";

const VIEWS = join(dirname(dirname(fileURLToPath(import.meta.url))), "checkout");
const STYLE = readFileSync(join(VIEWS, "page.css"), "utf8");

/** Escapes every value for HTML. The pages hold no script and load nothing. */
const eta = new Eta({ views: VIEWS, cache: true, autoEscape: true });

/** What a Content-Security-Policy allows these pages: their own style element, by its hash. */
export const PAGE_STYLE_SOURCE = `'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`;

/** Renders one of the small pages in src/checkout. */
export function renderPage(name: "order" | "not-found", values: Readonly<Record<string, unknown>>): string {
  return eta.render(`./${name}`, { ...values, style: STYLE });
}
