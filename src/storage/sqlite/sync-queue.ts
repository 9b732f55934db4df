/** Who waits until what is committed is on the disk. Exactly one of the two runs. */
export interface SyncWaiter {
  readonly onDurable: () => void;
  readonly onFailed: (cause: unknown) => void;
}

export interface SyncQueueOptions {
  readonly sync: () => Promise<void>;
  /** Milliseconds. */
  readonly now: () => number;
  /** After the waiters of a sync have been told. */
  readonly onIdle: () => void;
}

/** One sync at a time; each serves all that was committed before it began. After one that failed there is none any more. */
export class SyncQueue {
  readonly #options: SyncQueueOptions;
  /** Their commits may have come after the sync under way began. */
  #next: SyncWaiter[] = [];
  #served: SyncWaiter[] = [];
  #isRunning = false;
  #startedAt = 0;

  constructor(options: SyncQueueOptions) {
    this.#options = options;
  }

  /** Whether the disk is being waited for. When not, all that was committed is on it. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** For how long the sync under way has run; 0 when none is. */
  get ranMs(): number {
    return this.#isRunning ? this.#options.now() - this.#startedAt : 0;
  }

  /** For one that has just committed something. */
  afterCommit(waiter: SyncWaiter): void {
    this.#next.push(waiter);
    this.#start();
  }

  /** For one that has seen what is committed now. */
  afterLook(waiter: SyncWaiter): void {
    if (!this.#isRunning) waiter.onDurable();
    else if (this.#next.length > 0) this.#next.push(waiter);
    else this.#served.push(waiter);
  }

  #start(): void {
    if (this.#isRunning || this.#next.length === 0) return;
    this.#isRunning = true;
    this.#startedAt = this.#options.now();
    this.#served = this.#next;
    this.#next = [];
    this.#options.sync().then(
      () => this.#end(),
      (cause: unknown) => this.#fail(cause),
    );
  }

  #end(): void {
    const served = this.#served;
    this.#served = [];
    this.#isRunning = false;
    this.#start();
    for (const { onDurable } of served) onDurable();
    this.#options.onIdle();
  }

  /** Stays running for ever: what is on the disk is not known any more. */
  #fail(cause: unknown): void {
    const waiters = [...this.#served, ...this.#next];
    this.#served = [];
    this.#next = [];
    for (const { onFailed } of waiters) onFailed(cause);
  }
}
