import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../env.ts";
import { openEvents } from "../main.ts";
import { sendTestEvent } from "../usecases/send-test-event.ts";

/**
 * `dojang event test`: sends one event to the address of the settings, signed as all others are, and says what was answered. Needs
 * neither the database nor a server. Exit code 1 when it was not taken.
 *
 * @throws {ConfigError} for other arguments, and where no address is set
 */
export async function event(args: readonly string[], config: Config): Promise<void> {
  if (args.length !== 1 || args[0] !== "test")
    throw new ConfigError("Cannot read the arguments: expected dojang event test");
  const events = openEvents(config, systemClock);
  if (events === undefined)
    throw new ConfigError("Set DOJANG_EVENTS_URL and DOJANG_EVENTS_SECRET: there is no address for events");
  try {
    const result = await sendTestEvent({ events, clock: systemClock });
    const time = `after ${result.durationMs} ms`;
    if (result.kind === "taken") {
      process.stdout.write(`taken: HTTP ${result.status} ${time}\n`);
      return;
    }
    const { status, reason } = { status: undefined, reason: "busy", ...result };
    process.stdout.write(
      `not taken: ${status === undefined ? (WHY[reason] ?? reason) : `HTTP ${status}`} ${time}\n`,
    );
    process.exitCode = 1;
  } finally {
    await events.close();
  }
}

const WHY: Readonly<Record<string, string>> = {
  timeout: "no answer",
  connection_failed: "no connection, or one that broke off",
  address_not_public:
    "the address is of this machine or a private network (DOJANG_ALLOW_LOCAL_EVENTS=1 allows it)",
};
