/** One thing that waits to happen outside: a call of the gateway or of the store, or a timer. */
export interface Point {
  /** Who waits, and for what: equal in every run of the same choices. */
  readonly label: string;
  readonly run: () => Promise<void>;
}

/**
 * Holds every await on an outside thing until it is chosen. One chosen point happens whole, and everybody goes on until they wait
 * again: so a list of choices is an interleaving, and the same list is the same run.
 */
export class Scheduler {
  readonly #points: Point[] = [];
  readonly #traces = new Map<string, string[]>();
  #time: number;
  /** Whether points are taken as they come, once a schedule is over. */
  isFree = false;

  constructor(startsAt: number) {
    this.#time = startsAt;
  }

  now(): number {
    return this.#time;
  }

  pass(ms: number): void {
    this.#time += ms;
  }

  /** Waits to be chosen, then does it. */
  at<T>(label: string, work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      };
      if (this.isFree) void run();
      else this.#points.push({ label, run });
    });
  }

  /** A point that nobody awaits, and that may be taken back. */
  offer(label: string, work: () => void): () => void {
    const point: Point = { label, run: async () => work() };
    this.#points.push(point);
    return () => {
      const index = this.#points.indexOf(point);
      if (index >= 0) this.#points.splice(index, 1);
    };
  }

  /** In one order, whoever came first. */
  get points(): readonly Point[] {
    return this.#points.toSorted((one, other) =>
      one.label < other.label ? -1 : one.label > other.label ? 1 : 0,
    );
  }

  /** Takes one point and lets everybody go on. Each step is a moment of its own. */
  async take(point: Point): Promise<void> {
    this.#time += 1;
    this.#points.splice(this.#points.indexOf(point), 1);
    await point.run();
    await this.settle();
  }

  /** Nothing but points is waited for here, so one turn of the loop is enough. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What somebody has learned from outside: with the code, all that they know. */
  note(actor: string, seen: unknown): void {
    const trace = this.#traces.get(actor) ?? [];
    this.#traces.set(actor, trace);
    trace.push(typeof seen === "string" ? seen : (JSON.stringify(seen) ?? "none"));
  }

  get traces(): readonly (readonly [string, readonly string[]])[] {
    return [...this.#traces].toSorted(([one], [other]) => (one < other ? -1 : 1));
  }
}
