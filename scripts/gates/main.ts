import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readAdvisories } from "./advisories.ts";
import { readBillOfMaterials } from "./bill-of-materials.ts";
import { readImageContents } from "./image-contents.ts";
import { buildImageTree, type ImageTree } from "./image-tree.ts";

const START_MS_MAX = 60_000;
const { values } = parseArgs({
  options: {
    "need-advisories": { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});
const context = resolve(import.meta.dirname, "../..");
const into = mkdtempSync(join(tmpdir(), "dojang-image-"));
const findings: string[] = [];

const step = (text: string) => process.stdout.write(`${text} ... `);
const tell = (text: string, found: readonly string[] = []) => {
  process.stdout.write(`${text}\n${found.map((each) => `  ${each}\n`).join("")}`);
  findings.push(...found);
};

/** Starts what was built, as the image does, and asks whether it can be asked: a server that lacks a file says so here. */
async function startLive({ app, env }: ImageTree): Promise<readonly string[]> {
  const data = mkdtempSync(join(into, "data-"));
  const { PATH = "", HOME = "" } = process.env;
  const settings = {
    DATABASE_URL: `sqlite:${join(data, "dojang.db")}`,
    HOST: "127.0.0.1",
    PORT: "0",
    DOJANG_PRIVATE_PORT: "0",
    DOJANG_ALLOWED_ORIGINS: "https://shop.example.com",
    DOJANG_API_KEY: "a-key-that-is-for-this-start-only",
    DOJANG_DATA_KEY: randomBytes(32).toString("base64"),
    DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
    // Nothing listens there: a server must start without its gateway.
    IMP_API_URL: "http://127.0.0.1:9",
    IMP_KEY: "key-of-nobody",
    IMP_SECRET: "secret-of-nobody",
  };
  const child = spawn(process.execPath, ["bin/dojang.mjs", "start"], {
    cwd: app,
    env: { PATH, HOME, ...env, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const heard = new Promise<string | undefined>((done) => {
    const hear = (text: Buffer) => {
      output += text.toString("utf8");
      const [, url] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(output) ?? [];
      if (url !== undefined) done(url);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("close", () => done(undefined));
    setTimeout(() => done(undefined), START_MS_MAX).unref();
  });
  const url = await heard;
  const answer = url === undefined ? undefined : await fetch(`${url}/healthz`).catch(() => undefined);
  child.kill("SIGTERM");
  if (child.exitCode === null) await once(child, "close");
  return answer?.ok === true ? [] : [`the image's server did not start: ${output.slice(-500)}`];
}

try {
  step("Advisories");
  const advisories = readAdvisories(context);
  if (advisories.kind === "clean") tell("none against what a server loads");
  else if (advisories.kind === "found") tell(`${advisories.findings.length}`, advisories.findings);
  else tell(`not known: ${advisories.why}`, values["need-advisories"] ? ["no advisories could be had"] : []);
  step("The image, built without an engine");
  const tree = buildImageTree(context, into);
  const contents = readImageContents(tree.app);
  tell(`${contents.files} files, ${contents.findings.length} that must not be there`, contents.findings);
  step("Bill of materials");
  const bill = readBillOfMaterials(tree.app, join(context, "package-lock.json"));
  tell(`${bill.packages} packages`, bill.findings);
  step("Its start in live");
  tell("tried", await startLive(tree));
} finally {
  if (values.keep) process.stdout.write(`Kept: ${into}\n`);
  else rmSync(into, { recursive: true, force: true });
}
process.stdout.write(findings.length === 0 ? "gates: green\n" : `gates: RED, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
