/** Tells the runner of tasks when to look again, once for each commit that gave it a reason. */
export interface Wakeups {
  /** A new batch, or the same one again: what an earlier run noted does not count. */
  begin(): void;
  /** Something was written that can be claimed from this time on. */
  note(wakeAt: number | undefined): void;
  committed(): void;
  /** What the runner was told when it asked for the next due time. */
  answered(wakeAt: number | undefined): void;
  listen(listener: () => void): void;
}

export function createWakeups(now: () => number): Wakeups {
  let listener: (() => void) | undefined;
  let noted = Number.POSITIVE_INFINITY;
  let earliestKnown = Number.POSITIVE_INFINITY;
  return {
    begin() {
      noted = Number.POSITIVE_INFINITY;
    },
    note(wakeAt) {
      if (wakeAt !== undefined && wakeAt < noted) noted = wakeAt;
    },
    committed() {
      if (noted > now() && noted >= earliestKnown) return;
      if (noted === Number.POSITIVE_INFINITY) return;
      earliestKnown = Math.min(earliestKnown, noted);
      // Outside of the engine: an error of the listener is not one of the commit.
      if (listener !== undefined) queueMicrotask(listener);
    },
    answered(wakeAt) {
      earliestKnown = wakeAt ?? Number.POSITIVE_INFINITY;
    },
    listen(given) {
      listener = given;
    },
  };
}
