import type Database from "better-sqlite3";
import type { Clock } from "../../src/clock.ts";
import { DEVELOPMENT_MERCHANT } from "../../src/emulator/merchant.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import { openIamportGateway } from "../../src/gateway/iamport/open-iamport-gateway.ts";
import type { Log } from "../../src/log.ts";
import { type Migration, readMigrations } from "../../src/storage/read-migrations.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import type { Hint, Store } from "../../src/storage/store.ts";
import { createTaskRunner } from "../../src/tasks/task-runner.ts";
import type { Deps } from "../../src/usecases/deps.ts";
import { createEndpointHealth } from "../../src/usecases/endpoint-health.ts";
import { openHostProof } from "../../src/usecases/host-proof.ts";
import { openOrderIds } from "../../src/usecases/order-ids.ts";
import { createPasswords } from "../../src/usecases/passwords.ts";
import { createWebhookReceiver } from "../../src/usecases/receive-webhook.ts";
import { openRefundIds } from "../../src/usecases/refund-ids.ts";
import { sweepTasks } from "../../src/usecases/run-sweep.ts";
import type { History } from "./history.ts";
import { openWire } from "./wire.ts";

export const HISTORY_DATA_KEY = Buffer.alloc(32, 7);
const DAY_MS = 24 * 60 * 60 * 1000;
let migrations: readonly Migration[] | undefined;

/** When one life of the server ends: after so many steps, counted from now or from the first cancellation that it sends. */
export interface Death {
  readonly steps: number;
  readonly from: "now" | "cancel";
}

/**
 * One life of the server's process: the real store on the real file, the real client, use cases and tasks. A step is a request that
 * leaves or takes effect, or a commit, before and after. When it dies at one, nothing of it goes on: its timers are dead, no answer
 * reaches it, nothing more is sent or committed. The file is closed, which lets go of its lock as the end of a process does.
 */
export class Life {
  readonly deps: Deps;
  readonly receiveWebhook: (hint: Hint) => Promise<void>;
  readonly #history: History;
  readonly #store: Store;
  #stepsLeft = Number.POSITIVE_INFINITY;
  #isCounting = false;
  #isDead = false;

  private constructor(history: History, store: Store) {
    this.#history = history;
    this.#store = store;
    this.deps = this.#assemble();
    this.receiveWebhook = createWebhookReceiver(this.deps);
  }

  static async begin(history: History, death: Death | undefined): Promise<Life> {
    migrations ??= readMigrations("sqlite");
    let life: Life | undefined;
    const clock = mortalClock(history, () => life?.isDead ?? false);
    const store = await openSqliteStore({
      path: history.path,
      clock,
      dataKey: HISTORY_DATA_KEY,
      migrations,
      randomBytes: (size) => history.draw.bytes(size),
      soon: (run) => history.time.soon(run),
      faults: {
        // A process dies here, not the machine: what the system was given it keeps.
        onConnect: (db: Database.Database) => void db.pragma("synchronous = OFF"),
        aroundCommit: (commit) => life?.commit(commit),
        aroundSync: async () => {}, // a thread's answer would come at any time
      },
    });
    life = new Life(history, store);
    if (death !== undefined) life.dieAt(death);
    const runner = createTaskRunner(life.deps, { random: () => history.draw.unit() });
    await store.addTasks(sweepTasks(clock.now())).catch(() => {}); // it died over it
    if (!life.isDead) runner.start();
    return life;
  }

  dieAt({ steps, from }: Death): void {
    this.#stepsLeft = steps;
    this.#isCounting = from === "now";
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** @returns false when the process died here, or before */
  step(what: string): boolean {
    if (this.#isDead) return false;
    this.#history.counts.crashPoints += 1;
    this.#isCounting ||= what.endsWith("/payments/cancel");
    if (this.#isCounting) this.#stepsLeft -= 1;
    if (this.#stepsLeft > 0) return true;
    this.die(what);
    return false;
  }

  /** Returns at once; its file is closed, and let go of, a moment later. */
  die(where: string): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#history.story.tell(`kill -9: ${where}`);
    this.#history.onDeath(this.#store.close());
  }

  commit(commit: () => void): void {
    if (!this.step("before a commit")) throw new Error("killed");
    commit();
    if (!this.step("after a commit")) throw new Error("killed");
  }

  #assemble(): Deps {
    const history = this.#history;
    const clock = mortalClock(history, () => this.#isDead);
    const log = this.#log();
    const rules = { isSandbox: true, channels: "any", promotions: new Set<string>() } as const;
    const randomBytes = (size: number) => Buffer.from(history.draw.bytes(size));
    return {
      store: this.#store,
      gateway: this.#openGateway(clock, log),
      notifier: { name: "none", send: async () => ({ kind: "sent" }) },
      notices: new Set(),
      mayText: async () => false,
      recheck: "best_effort",
      prepare: "off",
      endpointHealth: createEndpointHealth({ store: this.#store, clock, log }),
      clock,
      log,
      passwords: createPasswords({ randomBytes }),
      hostProof: openHostProof(HISTORY_DATA_KEY),
      randomBytes,
      orderIds: openOrderIds({ secret: HISTORY_DATA_KEY, now: () => clock.now(), randomBytes }),
      refundIds: openRefundIds(HISTORY_DATA_KEY),
      policyFor: async () => rules,
      completeBudgetMs: 4_000,
      payWithinMs: DAY_MS,
    };
  }

  #openGateway(clock: Clock, log: Log): Gateway {
    const { impKey, impSecret } = DEVELOPMENT_MERCHANT;
    return openIamportGateway({
      baseUrl: "http://gateway.invalid",
      impKey,
      impSecret,
      includeSandbox: true,
      clock,
      log: {
        info: () => {},
        warn: () => {},
        error: (_fields: object, message: string) => log.alarm(message),
      },
      random: () => this.#history.draw.unit(),
      wire: openWire(this.#history, this),
    });
  }

  #log(): Log {
    const none = () => {};
    return {
      debug: none,
      info: none,
      warn: none,
      alarm: (event, { fault, ...fields } = {}) => {
        if (!this.#isDead) this.#history.onAlarm(event, { ...fields, fault });
      },
    };
  }
}

/** The one time, as long as the process lives. */
function mortalClock({ time }: History, isDead: () => boolean): Clock {
  return {
    now: () => time.now(),
    after: (delayMs, run) => (isDead() ? () => {} : time.after(delayMs, () => isDead() || run())),
  };
}
