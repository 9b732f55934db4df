import { parseArgs } from "node:util";
import { type Emulator, startEmulator } from "./emulator.ts";

const HELP = `dojang emulator: an i'mport (PortOne V1) of your own, on loopback. No money moves.

  --port <n>          port to listen on (default 4000; 0 = any free one)
  --host <address>    address to listen on (default 127.0.0.1)
  --seed <n>          payment ids and tokens follow from it (default: the time)
  --webhook-url <url> where webhooks go (default: nowhere, unless a page names a notice_url)
  --webhook-form      webhooks as form data instead of JSON
  --state <file>      keep payments in this file and know them again after a restart (default: forget)
  --delay-ms <n>      GET /payments/{imp_uid} answers so much later (default 0)
  --help              this text
`;

const PORT_DEFAULT = 4000;

type Env = Readonly<Record<string, string | undefined>>;

/** Why the emulator does not start, in one line for the person who typed the command. */
class CannotStart extends Error {}

/**
 * Runs `dojang emulator`: refuses in live mode, else prints where everything is and runs until it is told to stop.
 *
 * @returns the running emulator, or undefined when there is nothing to run (then the exit code is set)
 */
export async function startEmulatorFromCommandLine(
  args: readonly string[],
  env: Env,
): Promise<Emulator | undefined> {
  try {
    const options = readOptions(args, env);
    if (options === undefined) {
      process.stdout.write(HELP);
      return undefined;
    }
    const emulator = await startEmulator(options);
    process.stdout.write(panel(emulator));
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void emulator.close());
    return emulator;
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CannotStart) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return `Cannot start the emulator: ${code === "EADDRINUSE" ? "the port is in use, choose another with --port" : message}`;
}

function readOptions(args: readonly string[], env: Env) {
  if (env["DOJANG_MODE"] === "live") {
    throw new CannotStart(
      "Cannot start the emulator: DOJANG_MODE is live, and a live shop must never talk to an emulator",
    );
  }
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string" },
      host: { type: "string" },
      seed: { type: "string" },
      "webhook-url": { type: "string" },
      "webhook-form": { type: "boolean" },
      state: { type: "string" },
      "delay-ms": { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return undefined;
  const url = values["webhook-url"];
  if (url !== undefined && !/^https?:/.test(URL.parse(url)?.protocol ?? "")) {
    throw new CannotStart(`Cannot read --webhook-url: expected an http address, got ${url}`);
  }
  return {
    port: wholeNumber("--port", values.port, 65_535) ?? PORT_DEFAULT,
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.seed === undefined
      ? {}
      : { seed: wholeNumber("--seed", values.seed, Number.MAX_SAFE_INTEGER) ?? 0 }),
    ...(url === undefined ? {} : { webhookUrl: url }),
    ...(values.state === undefined ? {} : { stateFile: values.state }),
    ...(values["webhook-form"] ? { webhookFormat: "form" as const } : {}),
    delayMs: wholeNumber("--delay-ms", values["delay-ms"], 600_000) ?? 0,
  };
}

function wholeNumber(name: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text) || Number(text) > max) {
    throw new CannotStart(`Cannot read ${name}: expected a whole number up to ${max}, got ${text}`);
  }
  return Number(text);
}

function panel(emulator: Emulator): string {
  const [testChannel] = emulator.model.merchant(emulator.userCode).channels;
  const rows = [
    ["REST API", emulator.url],
    ["SDK script", `${emulator.url}/v1/iamport.js`],
    ["Admin page", `${emulator.url}/admin`],
    ["User code", emulator.userCode],
    ["Test channel", testChannel?.channelKey ?? "none"],
    ["REST API key", emulator.impKey],
    ["REST API secret", emulator.impSecret],
    ["Webhooks to", emulator.webhooks.url ?? "nowhere"],
    ["Seed", String(emulator.seed)],
  ] as const;
  const lines = rows.map(([name, value]) => `  ${name.padEnd(16)} ${value}`);
  return `\ni'mport emulator (no money moves)\n\n${lines.join("\n")}\n\n`;
}
