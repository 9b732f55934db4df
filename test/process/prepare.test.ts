// Goal: a checkout builds its pages by itself, once, and again only when they have changed; and two commands at the same time do not
// disturb each other. Method: a copy of the tree that shares the installed packages, and the real command.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILDING = "dojang: building the pages ...\n";
const tree = mkdtempSync(join(tmpdir(), "dojang-prepare-test-"));
for (const name of ["bin", "web", "tsconfig.json", "package.json", "package-lock.json"])
  cpSync(join(ROOT, name), join(tree, name), { recursive: true });
// Older than what is installed: nothing may be installed into the packages that this tree shares.
utimesSync(join(tree, "package-lock.json"), 0, 0);
symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
after(() => rmSync(tree, { recursive: true, force: true }));

/** @returns what the command said */
async function prepare(): Promise<string> {
  const child = spawn(process.execPath, [join(tree, "bin", "prepare.mjs")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = text(child.stderr);
  const [code] = await once(child, "exit");
  assert.equal(code, 0, await said);
  return said;
}

const built = (path: string) => join(tree, "dist", path);
const digest = () => readFileSync(built("built-from.txt"), "utf8");

test("prepare() builds the pages on a clean checkout, once, and two at a time", async () => {
  assert.deepEqual(await Promise.all([prepare(), prepare()]), [BUILDING, BUILDING]);
  for (const path of ["pages/manifest.json", "pages/server/checkout.js", "emulator/window.html"])
    assert.ok(existsSync(built(path)), path);
  assert.deepEqual(readdirSync(built("")).sort(), ["built-from.txt", "emulator", "pages"]);
  assert.equal(await prepare(), "");
});

test("prepare() builds the pages anew when a source of theirs has changed", async () => {
  const before = digest();
  appendFileSync(join(tree, "web", "design", "tokens.css"), ":root { --new: 1px; }\n");
  assert.equal(await prepare(), BUILDING);
  assert.notEqual(digest(), before);
  assert.equal(await prepare(), "");
});
