import { koreanPhone } from "./korean-phone.ts";
import type { Notifier } from "./notifier.ts";

interface ConsoleNotifierOptions {
  /** Takes one line a message. */
  readonly write: (line: string) => void;
  /** Hides the digits of the phone and of account numbers: for live, where the log is read by more than the buyer. */
  readonly mask: boolean;
}

/** Writes text messages where a developer sees them, and sends nothing. */
export function openConsoleNotifier({ write, mask }: ConsoleNotifierOptions): Notifier {
  return {
    name: "console",
    async send({ to, text }) {
      const phone = koreanPhone(to);
      if (phone === undefined) return { kind: "refused", reason: "not_a_korean_phone" };
      const line = `SMS to ${mask ? hideDigits(phone) : phone}: ${mask ? hideNumbers(text) : text}`;
      write(line.replaceAll(/(?<!\s)\s*\n\s*/g, " / "));
      return { kind: "sent" };
    },
  };
}

/** A run of at least 7 digits that dashes may part: a phone or an account. A date is not one. */
const LONG_NUMBER = /(?<![\d-])(?!\d{4}-\d{2}-\d{2}(?![\d-]))\d(?:-?\d){6,}/g;

function hideNumbers(text: string): string {
  return text.replaceAll(LONG_NUMBER, hideDigits);
}

/** Leaves the last two digits, enough to tell two messages apart. */
function hideDigits(number: string): string {
  return number.slice(0, -2).replaceAll(/\d/g, "*") + number.slice(-2);
}
