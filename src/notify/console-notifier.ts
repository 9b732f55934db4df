import type { Notifier } from "./notifier.ts";

interface ConsoleNotifierOptions {
  /** Where the text goes. */
  readonly write: (line: string) => void;
  /** In live: digits of phone and account numbers are not written. */
  readonly mask: boolean;
}

/** Writes text messages to the log instead of sending them. */
export function createConsoleNotifier({ write, mask }: ConsoleNotifierOptions): Notifier {
  return {
    name: "console",
    async send({ to, text }) {
      write(mask ? maskDigits(`to ${to}: ${text}`) : `to ${to}: ${text}`);
      return { kind: "sent" };
    },
  };
}

/** Runs of digits, also with dashes or spaces between, that are long enough to be a number of somebody. */
function maskDigits(text: string): string {
  return text.replace(/\d[\d -]{5,}\d/g, (digits) => digits.replace(/\d/g, "*"));
}
