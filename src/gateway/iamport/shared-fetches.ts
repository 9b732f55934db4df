/** Runs one call for an id; `onSent` must run when the request leaves, not before. */
type Run<T> = (id: string, onSent: () => void) => Promise<T>;

interface Slot<T> {
  isSent: boolean;
  result: Promise<T> | undefined;
  waiting: Promise<T> | undefined;
}

/**
 * Lets callers share calls without ever giving one an answer that may be older than its question: a caller shares
 * only a call that had not been sent when it arrived. Per id at most one call is in flight and one is waiting.
 */
export class SharedFetches<T> {
  readonly #run: Run<T>;
  readonly #slots = new Map<string, Slot<T>>();

  constructor(run: Run<T>) {
    this.#run = run;
  }

  fetch(id: string): Promise<T> {
    const slot = this.#slots.get(id);
    if (slot?.result === undefined) return this.#start(id);
    if (!slot.isSent) return slot.result;
    const next = () => this.#start(id);
    slot.waiting ??= slot.result.then(next, next);
    return slot.waiting;
  }

  #start(id: string): Promise<T> {
    const slot: Slot<T> = { isSent: false, result: undefined, waiting: undefined };
    this.#slots.set(id, slot);
    const result = this.#run(id, () => {
      slot.isSent = true;
    });
    slot.result = result;
    const leave = () => {
      // A waiting call replaces the slot when it starts.
      if (slot.waiting === undefined) this.#slots.delete(id);
    };
    result.then(leave, leave);
    return result;
  }
}
