// Goal: a process whose log nobody reads any more still ends when it is told to. Method: a process of its own that writes two lines
// into a broken pipe and exits at once.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

/** Reached only by a process that never ends. */
const GIVE_UP_MS = 10_000;
const LOG = new URL("../../src/log.ts", import.meta.url).href;
const LAST_WORDS = `
  import { openProcessLog } from ${JSON.stringify(LOG)};
  const { log, end } = openProcessLog("info");
  process.stdin.resume().on("end", () => {
    log.alarm("process_failed");
    log.info("stopped");
    end().finally(() => process.exit(3));
  });
  log.info("started");
`;

function speak() {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", LAST_WORDS], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exit = once(child, "exit").then(([code]) => code);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    exit: Promise.race([exit, delay(GIVE_UP_MS, "still there", { ref: false })]),
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}

describe("openProcessLog()", { concurrency: true }, () => {
  test("lets the process end when the reader of its lines is gone", async () => {
    using process = speak();
    await once(process.stdout, "data");
    process.stdout.destroy();
    await once(process.stdout, "close");
    process.stdin.end();
    assert.equal(await process.exit, 3);
  });

  test("lets no process end before its last line is written", async () => {
    using process = speak();
    process.stdin.end();
    const lines = (await text(process.stdout)).trim().split("\n");
    const words = lines.map((line) => JSON.parse(line).msg);
    assert.deepEqual(words, ["started", "process_failed", "stopped"]);
    assert.equal(await process.exit, 3);
  });
});
