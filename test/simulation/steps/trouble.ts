import { openSqliteStore } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { DATA_KEY, migrations } from "../blank-database.ts";
import { copyDatabase } from "../copy-database.ts";
import type { Fault } from "../faults.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../virtual-time.ts";
import type { Weather, World } from "../world.ts";
import { hint } from "./buyer.ts";

export function weatherChanges(world: World): void {
  const next = world.draw.weighted<Weather>([
    [3, "fair"],
    [6, "foul"],
    [world.has("X2") ? 1 : 0, "down"],
  ]);
  world.weather = next;
  world.story.tell(`the weather is ${next}`);
}

/** One thing goes wrong that no request meets by itself, if the plan has any such. */
export function trouble(world: World): void {
  const kinds = (Object.keys(TROUBLES) as Fault[]).filter((fault) => world.has(fault));
  if (kinds.length === 0) return;
  const fault = world.draw.pick(kinds);
  world.hit(fault);
  TROUBLES[fault]?.(world);
}

const TROUBLES: Partial<Record<Fault, (world: World) => void>> = {
  X5: tokens,
  X8: end,
  X10: failBeside,
  X12: fillDisk,
  X13: jumpClock,
  X14: stall,
  X18: restore,
  X21: flood,
  X22: startTwice,
};

/** Tokens are refused, gone, or not given; the gateway's clock is off. */
function tokens({ bank, draw, story }: World): void {
  const { tokens: levers } = bank.rest;
  draw.pick([
    () => levers.revokeAll(),
    () => levers.rejectNext(draw.int(1, 3)),
    () => levers.failNext(draw.pick([401, 500, 503]), draw.int(1, 3)),
    () => {
      levers.skewSeconds = draw.pick([-3600, -300, 60, 3600]);
    },
  ])();
  story.tell("trouble with tokens");
}

function end(world: World): void {
  const { draw, life, time } = world;
  if (life === undefined) return;
  draw.weighted([
    [3, () => life.end("kill", "by hand")],
    [3, () => life.end("power", "at once")],
    [6, () => life.endAt(draw.int(1, 60))],
    [2, () => void life.stop()],
    [2, () => time.stall(30 * SECOND_MS)],
  ])();
}

/** A decision of ours that throws costs its own caller alone: all others of its batch are decided again. */
function failBeside({ life, draw, ordered, story }: World): void {
  if (life === undefined) return;
  const orderId = ordered.length === 0 ? "shop-none" : draw.pick(ordered).orderId;
  story.tell("a decision throws");
  const thrown = life.deps.store.transact({ orderId }, () => {
    throw new Error("a bug of the simulation's own");
  });
  thrown.catch(() => {});
}

/** Not one page more fits, for a while. */
function fillDisk(world: World): void {
  const { life, draw, story } = world;
  if (life === undefined) return;
  const pages = life.db.pragma("page_count", { simple: true });
  life.db.pragma(`max_page_count = ${pages}`);
  story.tell("the disk is full");
  world.someTime(draw.int(1, 120) * SECOND_MS, () => {
    if (!life.isDead) life.db.pragma("max_page_count = 1000000");
    world.calmSince = world.time.now();
  });
}

function jumpClock(world: World): void {
  const { draw, story } = world;
  const sign = draw.chance(0.5) ? 1 : -1;
  world.skewMs = draw.weighted([
    [3, 0],
    [3, sign * draw.int(1, 100) * 100],
    [3, sign * draw.int(1, 120) * MINUTE_MS],
    [1, sign * draw.int(1, 400) * DAY_MS],
  ]);
  story.tell(`the machine's clock is off by ${world.skewMs} ms`);
}

function stall({ draw, time, story }: World): void {
  const ms = draw.int(1, 100) * 100;
  time.stall(ms);
  story.tell(`nothing moves for ${ms} ms`);
}

/** A backup is made, or the last one takes the place of what was written since. Money that was asked back since would be unknown. */
function restore(world: World): void {
  const { backup, story, life, books } = world;
  const refunds = JSON.stringify(
    books.refunds().map(({ refund_id, state, sends }) => [refund_id, state, sends]),
  );
  if (backup === undefined) {
    world.backup = { path: copyDatabase(world), refunds };
    story.tell("a backup is made");
    return;
  }
  if (life === undefined || backup.refunds !== refunds) return;
  life.end("restore", "by hand");
  world.backup = undefined;
}

/** Many hints at once, for payments that are nobody's. */
function flood(world: World): void {
  const { draw, ordered } = world;
  const orderId = ordered.length === 0 ? undefined : draw.pick(ordered).orderId;
  const count = draw.int(5, 15);
  const paymentId = () => `imp_${draw.int(100_000, 999_999)}`;
  for (let n = 0; n < count; n++)
    hint(world, orderId === undefined ? { paymentId: paymentId() } : { paymentId: paymentId(), orderId });
}

/** A second server on the file of one that lives; one with another key on the file of one that does not. */
function startTwice(world: World): void {
  const { life, path, story } = world;
  const dataKey = life === undefined ? Buffer.alloc(32, 9) : DATA_KEY;
  const opening = openSqliteStore({ path, clock: world.time, dataKey, migrations: migrations() });
  story.tell("somebody starts a second server");
  opening.then(
    async (store) => {
      await store.close();
      world.guard(() => {
        throw new Error("I22: a second server was let in, or one with another key");
      });
    },
    () => {},
  );
}
