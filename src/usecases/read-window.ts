import { readRfc3339 } from "../domain/rfc3339.ts";
import type { SweepWindow } from "./sweep-window.ts";

/** The gateway's lists are complete up to this long ago. */
const SETTLED_MS = 30_000;

export type WindowReading =
  | { readonly kind: "window"; readonly window: SweepWindow }
  | { readonly kind: "refused"; readonly field: "from" | "to"; readonly expected: string };

/** Reads a window of past time as people write it: RFC 3339, the later end after the first. */
export function readWindow(
  { from, to }: { readonly from: string | undefined; readonly to: string | undefined },
  now: number,
): WindowReading {
  const begin = timeOf(from);
  if (begin === undefined) return refused("from", A_TIME);
  const end = timeOf(to);
  if (end === undefined) return refused("to", A_TIME);
  const window = { from: Math.floor(begin / 1000), to: Math.ceil(end / 1000) };
  if (window.from >= window.to) return refused("to", "a time after from");
  if (window.to * 1000 > now - SETTLED_MS)
    return refused("to", "a time at least 30 s ago: the gateway's lists are not whole before");
  return { kind: "window", window };
}

const A_TIME = "a time with its offset, such as 2026-08-01T00:00:00+09:00";

/** Nothing was paid before 1970. */
function timeOf(text: string | undefined): number | undefined {
  const at = text === undefined ? undefined : readRfc3339(text);
  return at === undefined || at < 0 ? undefined : at;
}

function refused(field: "from" | "to", expected: string): WindowReading {
  return { kind: "refused", field, expected };
}
