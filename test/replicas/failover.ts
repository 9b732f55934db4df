import { setTimeout } from "node:timers/promises";
import type { PostgresPair } from "../support/postgres/start-pair.ts";
import { untilAnswered } from "./kill-in-turn.ts";
import type { World } from "./run-replicas.ts";

export interface FailoverFigures {
  /** From the end of the promotion to the first write that was answered. */
  readonly secondsToFirstSuccess: number;
  /** From the death of the primary to the same: what whoever promotes took is in it. */
  readonly secondsAway: number;
}

/** Kills the primary under load, waits a while as whoever watches would, and promotes the standby, which then waits for no other. */
export function killPrimary(pair: PostgresPair, { answers, awayMs }: { answers: number; awayMs: number }) {
  const figures = Promise.withResolvers<FailoverFigures>();
  const havoc = async (world: World): Promise<void> => {
    await untilAnswered(world, answers);
    const killedAt = performance.now();
    await pair.primary.kill("SIGKILL");
    await setTimeout(awayMs);
    await pair.promote();
    const promotedAt = performance.now();
    await world.desk.register();
    const answeredAt = performance.now();
    figures.resolve({
      secondsToFirstSuccess: (answeredAt - promotedAt) / 1000,
      secondsAway: (answeredAt - killedAt) / 1000,
    });
    await untilAnswered(world, answers);
  };
  return { havoc, figures: figures.promise };
}
