import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What must be in no image: each is told with the path that it was found at. */
const NOT_OF_A_PATH: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["the emulator", /^src\/emulator(\/|$)|^src\/sandbox\.ts$/],
  ["the example shop", /^examples(\/|$)/],
  ["a test", /^(src|bin|dist|test)\/.*\.test\.[cm]?[jt]s$|^test\//],
  ["a test of a package", /^node_modules\/.*\/(tests?|__tests__)\//],
  ["a source map", /\.map$/],
  ["a benchmark", /^bench(\/|$)/],
  ["the sources of the pages", /^web(\/|$)/],
  [
    "a tool of development",
    /^node_modules\/(@biomejs|@playwright|@sparticuz|playwright-core|typescript|vite|knip|express|iamport-rest-client-nodejs)(\/|$)/,
  ],
  ["a secret or settings", /(^|\/)(\.env|secrets)(\/|$)/],
];
const POINTS_AT_A_MAP = /^\/\/[#@] sourceMappingURL=(?!data:)/m;
/** Only what we build ourselves may point at a map that is not there: a package's own line does no harm and is left as it came. */
const OURS = /^(src|bin|dist)\/.*\.(m?js|ts|css)$/;

export interface ImageContents {
  readonly files: number;
  readonly findings: readonly string[];
}

/** Looks through everything that an image holds at `/app`. */
export function readImageContents(app: string): ImageContents {
  const files = readdirSync(app, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(app, join(entry.parentPath, entry.name)));
  const findings = files.flatMap((path) => {
    const found = NOT_OF_A_PATH.filter(([, pattern]) => pattern.test(path)).map(
      ([what]) => `${path}: ${what}`,
    );
    const isMapped = OURS.test(path) && POINTS_AT_A_MAP.test(readFileSync(join(app, path), "utf8"));
    return isMapped ? [...found, `${path}: points at a source map`] : found;
  });
  return { files: files.length, findings };
}
