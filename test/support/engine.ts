import type { Clock } from "../../src/clock.ts";
import type { Store } from "../../src/storage/store.ts";

/** A key for tests only. */
export const TEST_DATA_KEY = new Uint8Array(32).fill(7);

export interface OpenOptions {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Whether events for the shop get a delivery. Default false. */
  readonly deliversEvents?: boolean;
}

/** Levers that make the engine's own storage fail, each in the engine's own way. */
export interface StorageFaults {
  /** The next COMMIT fails. `lost`: nothing of it is kept; `kept`: it took effect, and only the answer was lost. */
  failNextCommit(effect: "lost" | "kept"): void;
  /** Leaves room for a few small rows and for no large one. */
  fill(): void;
  makeRoom(): void;
  /** Runs once, when the members of the next batch have run and before its COMMIT. */
  beforeNextCommit(run: () => void): void;
}

export interface OpenEngine extends AsyncDisposable {
  /** The store that is open now. */
  readonly store: Store;
  /** What another process needs to open the same data. */
  readonly location: string;
  readonly faults: StorageFaults;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<Store>;
  /** Every byte that the engine keeps at rest. Closes the store. */
  dump(): Promise<Buffer>;
  /** Closes the store and removes the data. */
  dispose(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** One process owns the data; a second one is refused. */
  readonly isExclusive: boolean;
  /** A store on fresh data of its own. */
  open(options?: OpenOptions): Promise<OpenEngine>;
  /** A store on the data of another one, which must be closed. */
  openAt(
    location: string,
    options?: OpenOptions,
  ): Promise<{ readonly store: Store; readonly faults: StorageFaults }>;
}
