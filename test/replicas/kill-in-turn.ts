import { setTimeout } from "node:timers/promises";
import type { World } from "./run-replicas.ts";

const LOOK_AGAIN_MS = 5;

/** Kills one server and one worker in each round, each after so many more answers, a number that the seed names. */
export function killInTurn(rounds: number, answers: { readonly min: number; readonly max: number }) {
  return async (world: World): Promise<void> => {
    const { draw, fleet, kill } = world;
    for (let round = 0; round < rounds; round += 1) {
      const { servers, workers } = fleet;
      for (const place of [servers[round % servers.length], workers[round % workers.length]]) {
        if (place === undefined) throw new Error("Invariant violated: an empty fleet");
        await untilAnswered(world, draw.int(answers.min, answers.max));
        await kill(place);
      }
    }
    await untilAnswered(world, answers.max);
  };
}

/** Waits until so many more requests were answered. */
export async function untilAnswered({ told }: World, count: number): Promise<void> {
  const answered = () => told.requests - told.unanswered;
  const enough = answered() + count;
  while (answered() < enough) await setTimeout(LOOK_AGAIN_MS);
}
