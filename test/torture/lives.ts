import { expireLeases } from "../support/expire-leases.ts";
import type { Ground } from "./ground.ts";
import type { Plan } from "./inside/plan.ts";
import type { Place } from "./place.ts";

export interface Strike {
  readonly ground: Ground;
  /** Where it strikes. */
  readonly place: Place;
  /** What the next process there is started with. */
  readonly next: Plan;
}

/** So often the next start is killed as well, at any moment of it. */
const START_KILLED_SHARE = 0.5;
const START_MS = { min: 50, max: 1_000 };

/** After a kill: what was claimed there is free at once, as it would be after a minute. @returns how many starts were killed */
export async function restart({ ground, place, next }: Strike): Promise<number> {
  let killed = 0;
  while (ground.draw.chance(START_KILLED_SHARE)) {
    const dieAt = { label: "uptime", passage: ground.draw.int(START_MS.min, START_MS.max), isAtOnce: true };
    await place.diesAtStart(atTime(ground, { ...plain(next), dieAt }));
    killed += 1;
  }
  await place.start(atTime(ground, next));
  await expireLeases(ground.base.directUrl);
  return killed;
}

/** All processes are killed and started again, so much later; the gateway's time passes as well. */
export async function passTime(
  ground: Ground,
  ms: number,
  then?: { readonly place: Place; readonly next: Plan },
): Promise<void> {
  await Promise.all(ground.places.filter(({ isUp }) => isUp).map((place) => place.kill()));
  ground.aheadMs += ms;
  await ground.emulator.advance(ms);
  await ground.base.setAhead(ground.aheadMs);
  await Promise.all(
    ground.places.map((place) => {
      const plan = place === then?.place ? then.next : plain(place.plan);
      return place.start(atTime(ground, plan));
    }),
  );
  await expireLeases(ground.base.directUrl);
}

/** What a plan has but its fault. */
export function plain({ plant }: Plan): Plan {
  return plant === undefined ? {} : { plant };
}

/** On PostgreSQL the database's clock is the one that counts. */
export function atTime(ground: Ground, plan: Plan): Plan {
  if (ground.engine === "postgres" || ground.aheadMs === 0) return plan;
  return { ...plan, clock: { ...plan.clock, aheadMs: ground.aheadMs } };
}
