import assert from "node:assert/strict";
import type { Scene, World } from "./forgery.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Moves the world's standing time on in steps, and after each waits until all that came due has been done. */
export async function pass(scene: Scene, ...steps: readonly number[]): Promise<void> {
  for (const step of steps) {
    standingClock(scene.world).advance(step);
    await scene.quiet();
  }
}

export function standingClock({ clock }: World): NonNullable<World["clock"]> {
  assert.ok(clock !== undefined, "the world's time stands still");
  return clock;
}

/** The list of one order's attempts comes back empty: a look finds nothing, so that something else has to. */
export function hideFromLooks({ emulator }: Scene): void {
  const response = { total: 0, previous: 0, next: 0, list: [] };
  emulator.override(
    { path: /^\/payments\/findAll\// },
    { body: JSON.stringify({ code: 0, message: null, response }) },
  );
}

/** The request line of one look at all attempts of an order. */
export function listLine(merchantUid: string): string {
  return `GET /payments/findAll/${merchantUid}?page=1&limit=1000&sorting=-started`;
}

/** Request lines as a set, in order: for what comes a few times more or less. */
export function kindsOfLines(scene: Scene): string[] {
  return [...new Set(scene.seenLines().filter((line) => !line.includes("/users/")))].toSorted();
}
