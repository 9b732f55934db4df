import { readdirSync } from "node:fs";
import { isWorldsFault } from "../../src/usecases/is-worlds-fault.ts";
import { Bank } from "../support/bank.ts";
import { Draw } from "../support/draw.ts";
import { Books } from "./books.ts";
import type { Fault } from "./faults.ts";
import { Invariants } from "./invariants/invariants.ts";
import { Life } from "./life.ts";
import type { Plan, Setting } from "./plan.ts";
import { Sinks } from "./sinks.ts";
import { raceCancel } from "./steps/upstream.ts";
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

/** What a shop registered, and means to go on with. */
export interface Ordered {
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: "KRW" | "USD";
  readonly kind: "card" | "vbank" | "paypal";
}

/** How a life of the server ends. `power`: what was not synced is gone. `restore`: an older copy takes the place of the file. */
export type Ending = "kill" | "power" | "restore" | "stop";

const BEGINNING = Date.UTC(2026, 7, 3);
/** What says that our own code is broken, whatever else it says. */
const OUR_FAULTS: readonly string[] = ["task_threw", "candidate_threw"];

/** One seeded world: a server that dies and comes back, its gateway, its shop, its buyers, and what goes wrong with them. */
export class World {
  readonly plan: Plan;
  readonly setting: Setting;
  readonly folder: string;
  /** Of the step under way. */
  draw: Draw;
  readonly time = new VirtualTime(BEGINNING);
  readonly story = new Story(() => this.time.now());
  readonly bank: Bank;
  readonly sinks: Sinks;
  readonly invariants: Invariants;
  readonly counts = { steps: 0, requests: 0, calls: 0, points: 0, lives: 0, crashes: 0, refusals: 0 };
  readonly faults = new Map<Fault, number>();
  /** How often each alarm went off. */
  readonly alarms = new Map<string, number>();
  readonly ordered: Ordered[] = [];
  readonly asked: Asked[] = [];
  weather: Weather = "fair";
  /** Whether all trouble is over. */
  isOver = false;
  /** Absent while it is down. */
  life: Life | undefined;
  /** The machine's clock less the true time. */
  skewMs = 0;
  /** The file that the next life opens. */
  path: string;
  /** The last copy that was put aside, with the refunds that it knows. */
  backup: { readonly path: string; readonly refunds: string } | undefined;
  /** How many steps the next life lives; absent: until somebody ends it. */
  drawDeath: () => number | undefined = () => undefined;
  /** Since then nothing has gone wrong, and time has passed in small pieces. */
  calmSince = BEGINNING;
  #books: Books | undefined;
  #closing: Promise<void> = Promise.resolve();
  #fault: unknown;
  #keyed = new Map<string, number>();

  constructor(plan: Plan, { folder, path }: { readonly folder: string; readonly path: string }) {
    this.plan = plan;
    this.setting = plan.setting;
    this.folder = folder;
    this.path = path;
    this.draw = new Draw(plan.seed);
    this.bank = new Bank(() => this.time.now(), plan.seed);
    const { partialCancelStatus, reversedDeposit, expiredVbank } = plan.setting;
    Object.assign(this.bank.model.switches, { partialCancelStatus, reversedDeposit, expiredVbank });
    this.sinks = new Sinks(this);
    this.invariants = new Invariants(this);
  }

  get books(): Books {
    this.#books ??= new Books(this.path);
    return this.#books;
  }

  /** The next life reads another file. */
  moveTo(path: string, { isOlder = false } = {}): void {
    this.#books?.close();
    this.#books = undefined;
    this.path = path;
    this.invariants.onOtherFile({ isOlder });
  }

  /** A cancellation of ours has arrived and is not read yet. */
  onCancelArrives(paymentId: string, draw: Draw): void {
    raceCancel(this, { paymentId, draw });
  }

  has(fault: Fault): boolean {
    return this.plan.faults.has(fault) && !this.isOver;
  }

  /** A fault of this kind is in effect now. */
  hit(fault: Fault): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    this.calmSince = this.time.now();
  }

  /** What is drawn for the n-th thing under this name: the same, whatever else is drawn. */
  drawOf(key: string): Draw {
    const count = (this.#keyed.get(key) ?? 0) + 1;
    this.#keyed.set(key, count);
    let hash = 0x811c9dc5 ^ this.plan.seed;
    for (const character of `${key} ${count}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    return new Draw(hash >>> 0);
  }

  async begin(): Promise<void> {
    await this.#closing;
    const life = await Life.begin(this, this.drawDeath());
    this.counts.lives += 1;
    this.calmSince = this.time.now();
    this.story.tell("the server starts");
    if (!life.isDead) this.life = life;
  }

  /** Lets time pass, and tells of what broke meanwhile. @throws {BrokenPromise} */
  async pass(ms: number): Promise<void> {
    await this.time.pass(ms);
    if (this.#fault !== undefined) throw this.#fault;
    if (ms > 60 * SECOND_MS || this.life === undefined) this.calmSince = this.time.now();
    this.invariants.afterStep();
  }

  /**
   * Asks the server, where there is one. What comes of it is told only to who is still there to hear. That the world failed is an answer
   * of its own: nobody knows then.
   */
  ask<T>(what: string, run: (life: Life) => Promise<T>, onAnswer: (answer: T) => void): void {
    const { life } = this;
    const isThere = life !== undefined && !life.isEnding;
    this.story.tell(isThere ? what : `${what}: nobody answers`);
    if (!isThere) return;
    this.counts.requests += 1;
    run(life)
      .then((answer) => life.isDead || onAnswer(answer))
      .catch((fault: unknown) => {
        if (life.isDead) return;
        if (isWorldsFault(fault)) this.story.tell(`${what}: 503 ${(fault as { code: string }).code}`);
        else this.#fault ??= fault;
      });
  }

  /** Something happens by itself later. What breaks there breaks the world. */
  later(delayMs: number, run: () => void): void {
    this.time.onTheWire(delayMs, () => this.guard(run));
  }

  /** As `later`, for what nobody waits for. */
  someTime(delayMs: number, run: () => void): void {
    this.time.after(delayMs, () => this.guard(run));
  }

  guard(run: () => void): void {
    try {
      run();
    } catch (fault) {
      this.#fault ??= fault;
    }
  }

  onEnd(ending: Ending, closing: Promise<void>): void {
    this.life = undefined;
    this.calmSince = this.time.now();
    if (ending !== "stop") this.counts.crashes += 1;
    this.#closing = closing;
    const draw = this.drawOf("away");
    const awayMs = draw.chance(0.85) ? draw.int(1, 60) * SECOND_MS : draw.int(1, 100_000) * 100;
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

  async close(): Promise<void> {
    this.life?.end("kill", "the end");
    await this.time.settle();
    await this.#closing;
    this.#books?.close();
  }

  /** Copies of the database beside the one in use. */
  nextPath(): string {
    return `${this.folder}/world-${readdirSync(this.folder).length}.db`;
  }
}
