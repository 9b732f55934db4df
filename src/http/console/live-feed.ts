import type { LiveEvent } from "../../storage/store.ts";
import type { Deps } from "../../usecases/deps.ts";

const POLL_MS = 1000;
/** Events are read again for so long: one that commits late stands before one that was seen. */
const OVERLAP_MS = 10_000;
const BATCH = 500;
export const BEAT_MS = 10_000;

/** What an open page hears. `beat`: the server lives, and so does its database. `many`: more happened than is told one by one. */
export type LiveMessage =
  | { readonly kind: "events"; readonly events: readonly LiveEvent[] }
  | { readonly kind: "many" }
  | { readonly kind: "beat" };

type Listener = (message: LiveMessage) => void;

export interface LiveFeed {
  readonly listeners: number;
  /** @returns what ends it */
  listen(listener: Listener): () => void;
}

/**
 * Tells open pages what happened, whichever process did it: the database is asked once a second while anybody listens. While it cannot be
 * asked there is no beat, and a page that hears none says so.
 */
export function createLiveFeed({ store, clock, log }: Deps): LiveFeed {
  const listeners = new Set<Listener>();
  let seen = new Set<string>();
  let from: number | undefined;
  let beatAt = 0;
  let isFailing = false;
  let isLooking = false;

  const tell = (message: LiveMessage) => {
    for (const listener of listeners) listener(message);
  };
  const poll = async () => {
    const now = clock.now();
    // What happened before anybody listened is on the page already.
    const isFirst = from === undefined;
    const found = await store.console.listEventsSince(from ?? now - OVERLAP_MS, BATCH);
    const fresh = found.filter(({ id }) => !seen.has(id));
    seen = new Set(found.map(({ id }) => id));
    from = now - OVERLAP_MS;
    if (found.length === BATCH) tell({ kind: "many" });
    else if (fresh.length > 0 && !isFirst) tell({ kind: "events", events: fresh });
    // The clock may have been set back.
    if (Math.abs(now - beatAt) >= BEAT_MS) {
      beatAt = now;
      tell({ kind: "beat" });
    }
  };
  const look = (): void => {
    poll()
      .then(
        () => {
          isFailing = false;
        },
        () => {
          if (!isFailing) log.warn("live_feed_waits");
          isFailing = true;
        },
      )
      .finally(() => {
        isLooking = listeners.size > 0;
        if (isLooking) clock.after(POLL_MS, look);
      });
  };
  return {
    get listeners() {
      return listeners.size;
    },
    listen(listener) {
      listeners.add(listener);
      if (!isLooking) {
        // At once: whatever happens from now on is news.
        from = undefined;
        isLooking = true;
        look();
      }
      return () => void listeners.delete(listener);
    },
  };
}
