import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";

const RUN = `import { startEmulatorFromCommandLine } from ${JSON.stringify(new URL("../../src/emulator/main.ts", import.meta.url).href)};
await startEmulatorFromCommandLine(process.argv.slice(1), process.env);`;

function start(args: string[], env: Record<string, string> = {}) {
  const flags = ["--input-type=module-typescript", "--eval", RUN, "--", ...args];
  const child = spawn(process.execPath, flags, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.err += text;
  });
  return { child, said, ended: once(child, "close").then(([code]) => code as number | null) };
}

describe("startEmulatorFromCommandLine()", () => {
  test("refuses in live mode with one line and exit 1", async () => {
    const { said, ended } = start([], { DOJANG_MODE: "live" });
    assert.equal(await ended, 1);
    assert.match(said.err, /^Cannot start the emulator: DOJANG_MODE is live.*\n$/);
    assert.equal(said.out, "");
  });

  test("names a wrong flag or value in one line", async () => {
    const wrong = [["--port", "x"], ["--nope"], ["--webhook-url", "ftp://x"], ["--port", "70000"]];
    const runs = wrong.map((args) => start(args));
    for (const { said, ended } of runs) {
      assert.equal(await ended, 1);
      assert.match(said.err, /^Cannot .+\n$/);
    }
  });

  test("prints its help", async () => {
    const { said, ended } = start(["--help"]);
    assert.equal(await ended, 0);
    for (const flag of ["--port", "--seed", "--webhook-url", "--delay-ms"])
      assert.ok(said.out.includes(flag));
  });

  test("prints a panel, answers, and ends on SIGTERM", async () => {
    const { child, said, ended } = start(["--port", "0", "--seed", "7", "--delay-ms", "1"]);
    while (!said.out.includes("Seed")) await once(child.stdout, "data");
    const url = /REST API +(http:\/\/\S+)/.exec(said.out)?.[1] ?? "";
    assert.match(said.out, /User code +imp00000001/);
    assert.equal((await fetch(`${url}/users/pg`)).status, 401);
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  });
});
