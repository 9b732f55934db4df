import type { Desk } from "./desk.ts";
import { STORIES } from "./stories.ts";

export interface Buying {
  /** At the same time. */
  readonly buyers: number;
  /** What happens while they buy; they stop once it is over. */
  readonly havoc: () => Promise<void>;
}

export async function buyDuring(desk: Desk, { buyers, havoc }: Buying): Promise<void> {
  let isOver = false;
  const buy = async () => {
    while (!isOver) await desk.draw.weighted(STORIES)(desk);
  };
  const bought = Promise.all(Array.from({ length: buyers }, buy));
  // A buyer that cannot go on ends the run at once.
  try {
    await Promise.race([havoc(), bought]);
  } finally {
    isOver = true;
  }
  await bought;
}
