import { Bank } from "./bank.ts";
import { Books } from "./books.ts";
import { Draw } from "./draw.ts";
import { type Death, Life } from "./life.ts";
import { Promises } from "./promises.ts";
import { BrokenPromise, Story } from "./story.ts";
import { SECOND_MS, VirtualTime } from "./virtual-time.ts";

/** `fair`: nothing goes wrong. `foul`: each request may. `down`: none gets through. */
export type Weather = "fair" | "foul" | "down";

/** What a shop asked for under one key, and whether it has heard an answer. */
export interface Asked {
  readonly key: string;
  readonly orderId: string;
  readonly amount: number | "all";
  isAnswered: boolean;
}

export interface Ordered {
  readonly orderId: string;
  readonly amountMinor: number;
  readonly kind: "card" | "vbank" | "paypal";
}

const BEGINNING = Date.UTC(2026, 7, 3);
/** What says that our own code is broken, whatever else it says. */
const OUR_FAULTS: readonly string[] = ["task_threw", "task_given_up", "tasks_not_claimed", "task_not_stored"];

/** One seeded history: a server that dies and comes back, its gateway, and all who have to do with them. */
export class History {
  readonly path: string;
  readonly draw: Draw;
  readonly time = new VirtualTime(BEGINNING);
  readonly story = new Story(() => this.time.now());
  readonly bank: Bank;
  readonly promises = new Promises(this);
  readonly counts = { steps: 0, calls: 0, crashPoints: 0, crashes: 0, refusals: 0 };
  /** How often each alarm went off. */
  readonly alarms = new Map<string, number>();
  readonly ordered: Ordered[] = [];
  readonly asked: Asked[] = [];
  weather: Weather = "fair";
  /** Whether others still cancel. */
  isOver = false;
  /** Absent while it is down. */
  life: Life | undefined;
  /** Drawn anew for each life. */
  drawDeath: () => Death | undefined = () => undefined;
  #books: Books | undefined;
  #closing: Promise<void> = Promise.resolve();
  #fault: unknown;

  constructor({ seed, path }: { readonly seed: number; readonly path: string }) {
    this.path = path;
    this.draw = new Draw(seed);
    this.bank = new Bank(() => this.time.now(), seed);
  }

  get books(): Books {
    this.#books ??= new Books(this.path);
    return this.#books;
  }

  async begin(): Promise<void> {
    await this.#closing;
    const life = await Life.begin(this, this.drawDeath());
    this.story.tell("the server starts");
    if (!life.isDead) this.life = life;
  }

  /** Lets time pass, and tells of what broke meanwhile. @throws {BrokenPromise} */
  async pass(ms: number): Promise<void> {
    await this.time.pass(ms);
    if (this.#fault !== undefined) throw this.#fault;
    this.promises.afterStep();
  }

  /** Asks the server, where there is one. What comes of it is told only to who is still there to hear. */
  ask<T>(what: string, run: (life: Life) => Promise<T>, onAnswer: (answer: T) => void): void {
    const { life } = this;
    this.story.tell(life === undefined ? `${what}: nobody answers` : what);
    if (life === undefined) return;
    run(life)
      .then((answer) => life.isDead || onAnswer(answer))
      .catch((fault: unknown) => {
        if (!life.isDead) this.#fault ??= fault;
      });
  }

  onDeath(closing: Promise<void>): void {
    this.life = undefined;
    this.counts.crashes += 1;
    this.#closing = closing;
    const awayMs = this.draw.chance(0.8)
      ? this.draw.int(1, 120) * SECOND_MS
      : this.draw.int(1, 600_000) * 100;
    this.time.after(awayMs, () => {
      this.begin().catch((fault: unknown) => {
        this.#fault ??= fault;
      });
    });
  }

  onAlarm(event: string, fields: object): void {
    this.alarms.set(event, (this.alarms.get(event) ?? 0) + 1);
    this.story.tell(`alarm ${event} ${JSON.stringify(fields)}`);
    const { fault } = fields as { fault?: unknown };
    if (OUR_FAULTS.includes(event))
      this.#fault ??= new BrokenPromise(`${event}: ${fault instanceof Error ? fault.stack : ""}`);
  }

  /** A cancellation of ours has arrived and is not read yet. */
  onCancelArrives: (paymentId: string) => void = () => {};

  async close(): Promise<void> {
    this.life?.die("the end");
    await this.time.settle();
    await this.#closing;
    this.#books?.close();
  }
}
