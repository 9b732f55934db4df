import { setTimeout } from "node:timers/promises";
import type { World } from "./run-replicas.ts";

/** Kills one server and one worker in each round, after a while that the seed names. */
export function killInTurn(rounds: number, whileMs: { readonly min: number; readonly max: number }) {
  return async ({ draw, fleet, kill }: World): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await setTimeout(draw.int(whileMs.min, whileMs.max));
      const { servers, workers } = fleet;
      const [server, worker] = [servers[round % servers.length], workers[round % workers.length]];
      if (server === undefined || worker === undefined) throw new Error("Invariant violated: an empty fleet");
      await kill(server);
      await setTimeout(draw.int(whileMs.min, whileMs.max));
      await kill(worker);
    }
  };
}
