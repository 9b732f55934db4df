import type { Clock } from "../clock.ts";
import type { SmsConfig } from "../config.ts";
import type { Log } from "../log.ts";
import { createConsoleNotifier } from "./console-notifier.ts";
import type { Notifier } from "./notifier.ts";

interface NotifierOptions {
  readonly log: Log;
  readonly isLive: boolean;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Opens the driver that `DOJANG_SMS` names. */
export function openNotifier(config: SmsConfig, { log, isLive }: NotifierOptions): Notifier {
  const write = (text: string) => log.info("text_message", { text });
  switch (config.kind) {
    case "console":
      return createConsoleNotifier({ write, mask: isLive });
    case "solapi":
      throw new Error("DOJANG_SMS=solapi is not wired yet");
  }
}
