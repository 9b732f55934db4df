// Goal: the checklist of docs/security.md says no more than what the tests hold. Method: the table is read as text; every point stands in it
// once, every file that it names is there, and every test that it names is in its file.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const text = read("docs/security.md");

const rows = [...text.matchAll(/^\| (C\d\d) \| (.+?) \| (.+?) \| (.+?) \| (.*)\|$/gm)].map(
  ([, number = "", point = "", state = "", how = "", proof = ""]) => ({ number, point, state, how, proof }),
);
/** A file, and the names of tests in it: ids, or words in quotes. */
const PROOF = /`((?:test|src|web)\/[\w./-]+\.ts)`((?: (?:[RXCI]\d+(?:-\w+)?|"[^"]+"))+)/g;
const NAME = /[RXCI]\d+(?:-\w+)?|"[^"]+"/g;

function proofsIn(cell: string) {
  return [...cell.matchAll(PROOF)].flatMap(([, file = "", names = ""]) =>
    [...names.matchAll(NAME)].map(([name]) => ({ file, name: name.replaceAll('"', "") })),
  );
}

/** `R14-a` is not `R14-ab`. */
function isIn(source: string, name: string): boolean {
  if (!/^[RXCI]\d/.test(name)) return source.includes(name);
  return new RegExp(`\\b${name}(?![\\w])`).test(source);
}

describe("docs/security.md", () => {
  test("has each of C01 to C52 once, in order, with one of three states", () => {
    const expected = Array.from({ length: 52 }, (_, at) => `C${String(at + 1).padStart(2, "0")}`);
    assert.deepEqual(
      rows.map(({ number }) => number),
      expected,
    );
    for (const { number, state, point } of rows) {
      assert.ok(["kept", "partly", "not done"].includes(state), `${number} is ${state}`);
      assert.ok(point.length > 10, number);
    }
  });

  test("names a test for whatever is kept, and says what is missing of the rest", () => {
    for (const { number, state, how, proof } of rows) {
      const count = proofsIn(proof).length;
      if (state !== "not done") assert.ok(count > 0, `${number} is ${state} and names no test`);
      if (state === "partly") assert.match(how, /\*\*.+\*\*/, `${number} does not say what is missing`);
      if (state === "not done") assert.equal(count, 0, number);
    }
  });

  test("names tests that are there", () => {
    const proofs = proofsIn(text);
    assert.ok(proofs.length > 80, `only ${proofs.length} were found`);
    const missing = proofs.filter(
      ({ file, name }) => !existsSync(new URL(file, ROOT)) || !isIn(read(file), name),
    );
    assert.deepEqual(missing, []);
  });

  test("names files that are there, and settings that are", () => {
    const paths = [...text.matchAll(/`((?:src|test|web)\/[\w./-]+|compose\.yaml|Dockerfile|\.npmrc)`/g)];
    const absent = paths.map(([, path = ""]) => path).filter((path) => !existsSync(new URL(path, ROOT)));
    assert.deepEqual(absent, []);
    const operations = read("docs/operations.md");
    for (const [, name = ""] of text.matchAll(/`(DOJANG_[A-Z_]+)`/g))
      assert.ok(operations.includes(`\`${name}\``), name);
  });
});
