import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { SmsConfig } from "../texts-config.ts";
import { openConsoleNotifier } from "./console-notifier.ts";
import type { Notifier } from "./notifier.ts";
import { openSolapiNotifier } from "./solapi-notifier.ts";

interface NotifierDeps {
  readonly log: Log;
  /** In live the console driver hides phones and accounts: a log is read by more than the buyer. */
  readonly isLive: boolean;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Opens the driver that the settings name. */
export function openNotifier(config: SmsConfig, deps: NotifierDeps): Notifier & AsyncDisposable {
  if (config.kind === "solapi") return openSolapiNotifier({ ...config, ...deps });
  const write = (text: string) => deps.log.info("text_message", { text });
  return {
    ...openConsoleNotifier({ mask: deps.isLive, write }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
