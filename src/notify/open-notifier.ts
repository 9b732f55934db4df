import type { Clock } from "../clock.ts";
import { openConsoleNotifier } from "./console-notifier.ts";
import type { Notifier } from "./notifier.ts";
import { openSolapiNotifier } from "./solapi-notifier.ts";

export type NotifierConfig =
  | { readonly kind: "console"; readonly mask: boolean }
  | {
      readonly kind: "solapi";
      readonly apiKey: string;
      readonly apiSecret: string;
      readonly from: string;
      /** Default `https://api.solapi.com`. */
      readonly baseUrl?: string;
    };

/** Opens the driver that the settings name. */
export function openNotifier(
  config: NotifierConfig,
  deps: { readonly clock: Clock; readonly write: (line: string) => void },
): Notifier & AsyncDisposable {
  if (config.kind === "solapi") return openSolapiNotifier({ ...config, clock: deps.clock });
  const notifier = openConsoleNotifier({ mask: config.mask, write: deps.write });
  return { ...notifier, [Symbol.asyncDispose]: async () => undefined };
}
