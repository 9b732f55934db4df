import { type Log, openLog } from "../../src/log.ts";
import type { Life } from "./life.ts";
import type { World } from "./world.ts";

/** The real log of one life. Its lines are read for what must never stand in one; its alarms go to the world. */
export function openLifeLog(world: World, life: Pick<Life, "isDead">): Log {
  const log = openLog("debug", { write: (line) => world.guard(() => world.invariants.wire.onLine(line)) });
  return {
    ...log,
    alarm(event, fields = {}) {
      log.alarm(event, fields);
      if (!life.isDead) world.onAlarm(event, fields);
    },
  };
}
