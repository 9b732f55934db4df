import { statSync } from "node:fs";
import type Database from "better-sqlite3";
import type { Clock } from "../../src/clock.ts";
import { DEVELOPMENT_MERCHANT } from "../../src/emulator/merchant.ts";
import { openIamportGateway } from "../../src/gateway/iamport/open-iamport-gateway.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import type { Hint, Store } from "../../src/storage/store.ts";
import { createTaskRunner, type TaskRunner } from "../../src/tasks/task-runner.ts";
import type { Deps } from "../../src/usecases/deps.ts";
import { createWebhookReceiver } from "../../src/usecases/receive-webhook.ts";
import { sweepTasks } from "../../src/usecases/run-sweep.ts";
import { checkpointTask } from "../../src/usecases/write-checkpoints.ts";
import { Draw } from "../support/draw.ts";
import { assembleDeps } from "./assemble-deps.ts";
import { DATA_KEY, migrations } from "./blank-database.ts";
import { copyAsKept } from "./copy-database.ts";
import { openLifeLog } from "./life-log.ts";
import { openWire } from "./wire.ts";
import type { Ending, World } from "./world.ts";

/** Syncs that a crash of the machine may fall into take so long. */
const SYNC_MS_MAX = 4;
const LOOK_AT_LOG_EVERY = 50;
const LOG_BYTES_MAX = 4 * 1024 * 1024;

/**
 * One life of the server's process: the real store on the real file, the real client, use cases and tasks. A point is a request that
 * leaves or takes effect, or a commit, before and after. When it ends at one, nothing of it goes on: its timers are dead, no answer
 * reaches it, nothing more is sent or committed. The file is closed, which lets go of its lock as the end of a process does.
 */
export class Life {
  readonly deps: Deps;
  readonly clock: Clock;
  readonly draw: Draw;
  readonly receiveWebhook: (hint: Hint) => Promise<void>;
  /** The connection that the server writes by. */
  readonly db: Database.Database;
  /** Told to end: it takes nothing new. */
  isEnding = false;
  readonly #world: World;
  readonly #store: Store;
  readonly #runner: TaskRunner;
  #pointsLeft: number;
  #isDead = false;
  #commits = 0;
  /** So much of the log is on the disk. */
  #syncedBytes = 0;
  readonly #syncing = new Set<() => void>();

  private constructor(world: World, opened: Opened) {
    const { store, db, clock, draw } = opened;
    this.#world = world;
    this.#store = store;
    this.db = db;
    this.clock = clock;
    this.draw = draw;
    this.#pointsLeft = opened.points ?? Number.POSITIVE_INFINITY;
    this.#syncedBytes = logBytes(world.path);
    const log = openLifeLog(world, this);
    const { impKey, impSecret } = DEVELOPMENT_MERCHANT;
    const gateway = openIamportGateway({
      baseUrl: "http://gateway.invalid",
      impKey,
      impSecret,
      includeSandbox: !world.setting.isLive,
      clock,
      log: {
        info: (fields: object, message: string) => log.info(message, fields),
        warn: (fields: object, message: string) => log.warn(message, fields),
        error: (fields: object, message: string) => log.alarm(message, fields),
      },
      random: () => draw.unit(),
      wire: openWire(world, this),
    });
    this.deps = assembleDeps(world, { life: this, store, gateway, log });
    this.receiveWebhook = createWebhookReceiver(this.deps);
    this.#runner = createTaskRunner(this.deps, { random: () => draw.unit(), standing });
  }

  /** @param points how many it lives; undefined: until somebody ends it */
  static async begin(world: World, points: number | undefined): Promise<Life> {
    let life: Life | undefined;
    const draw = new Draw(Math.imul(world.plan.seed, 31) + world.counts.lives);
    const clock = mortalClock(world, () => life?.isDead ?? false);
    let db: Database.Database | undefined;
    const store = await openSqliteStore({
      path: world.path,
      clock,
      elapsed: () => clock.now(),
      dataKey: DATA_KEY,
      migrations: migrations(),
      randomBytes: (size) => draw.bytes(size),
      soon: (run) => world.time.soon(run),
      deliversEvents: world.setting.hasEvents,
      faults: {
        onConnect(connected) {
          db = connected;
          // Of a process that dies the system keeps what it was given; of a machine, `copyAsKept` keeps what was synced.
          connected.pragma("synchronous = OFF");
        },
        aroundCommit: (commit) => life?.commit(commit),
        aroundSync: () => life?.sync() ?? Promise.resolve(),
      },
    });
    if (db === undefined) throw new Error("Invariant violated: a store is connected once it is open");
    life = new Life(world, { store, db, clock, draw, points });
    const { deps } = life;
    store.onFatal(() => life?.end("kill", "an unknown outcome"));
    await deps.endpointHealth.read();
    await store.addTasks(standing(clock.now())).catch(() => {}); // it died over it
    if (!life.isDead) life.#runner.start();
    return life;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** @returns false when the process ended here, or before */
  point(what: string): boolean {
    if (this.#isDead) return false;
    this.#world.counts.points += 1;
    this.#pointsLeft -= 1;
    if (this.#pointsLeft > 0) return true;
    this.#world.hit("X8");
    this.end(this.draw.chance(0.3) ? "power" : "kill", what);
    return false;
  }

  /** It ends at the n-th point from here. */
  endAt(points: number): void {
    this.#pointsLeft = points;
  }

  /** At once; its file is closed, and let go of, a moment later. */
  end(ending: Exclude<Ending, "stop">, where: string): void {
    if (this.#isDead) return;
    this.#isDead = true;
    const world = this.#world;
    world.story.tell(`${ENDINGS[ending]}: ${where}`);
    if (ending === "power") world.moveTo(copyAsKept(world, this.#syncedBytes));
    if (ending === "restore" && world.backup !== undefined)
      world.moveTo(world.backup.path, { isOlder: true });
    for (const fail of this.#syncing) fail();
    world.onEnd(ending, this.#store.close());
  }

  /** SIGTERM: what is under way is done, then it ends. */
  async stop(): Promise<void> {
    if (this.#isDead || this.isEnding) return;
    this.isEnding = true;
    this.#world.story.tell("the server is told to end");
    await this.#runner.stop();
    if (this.#isDead) return;
    await this.#store.close();
    if (this.#isDead) return;
    this.#isDead = true;
    this.#world.onEnd("stop", Promise.resolve());
  }

  commit(commit: () => void): void {
    if (!this.point("before a commit")) throw new Error("killed");
    const draw = this.draw;
    const isUnknown = this.#world.has("X9") && draw.chance(0.0015);
    if (isUnknown) this.#world.hit("X9");
    if (isUnknown && draw.chance(0.4)) throw new Error("COMMIT failed");
    commit();
    if (isUnknown) throw new Error("COMMIT was carried out, and its answer is lost");
    this.#moveLog();
    if (!this.point("after a commit")) throw new Error("killed");
  }

  /** Before the server has a thread do so: a thread's end would come at any time. */
  #moveLog(): void {
    this.#commits += 1;
    if (this.#commits % LOOK_AT_LOG_EVERY !== 0 || logBytes(this.#world.path) < LOG_BYTES_MAX) return;
    this.db.pragma("wal_checkpoint(TRUNCATE)");
    this.#syncedBytes = 0;
  }

  sync(): Promise<void> {
    const world = this.#world;
    if (!world.plan.faults.has("X8")) return Promise.resolve();
    const bytes = logBytes(world.path);
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error("killed"));
      this.#syncing.add(fail);
      world.time.onTheWire(this.draw.int(0, SYNC_MS_MAX), () => {
        this.#syncing.delete(fail);
        if (this.#isDead) return;
        // Less than before, once the log has started over.
        this.#syncedBytes = Math.min(bytes, logBytes(world.path));
        resolve();
      });
    });
  }
}

interface Opened {
  readonly store: Store;
  readonly db: Database.Database;
  readonly clock: Clock;
  readonly draw: Draw;
  readonly points: number | undefined;
}

const ENDINGS = { kill: "kill -9", power: "the power fails", restore: "a backup is restored" } as const;

function standing(now: number) {
  return [...sweepTasks(now), checkpointTask(now)];
}

function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** The machine's time, as long as the process lives. */
function mortalClock(world: World, isDead: () => boolean): Clock {
  const { time } = world;
  return {
    now: () => time.now() + world.skewMs,
    after: (delayMs, run) => (isDead() ? () => {} : time.after(delayMs, () => isDead() || run())),
  };
}
