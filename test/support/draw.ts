import { SeededRandom } from "../../src/emulator/seeded-random.ts";

/** What a seed decides: the same seed, asked the same questions, gives the same answers. */
export class Draw {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** In [0, 1). */
  unit(): number {
    return this.#random.next() / 2 ** 32;
  }

  /** A whole number from `from` to `to`, both inside. */
  int(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.unit() < share;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.int(0, choices.length - 1)];
    if (choice === undefined) throw new Error("Invariant violated: a choice is drawn from some");
    return choice;
  }

  /** By weight. */
  weighted<T>(choices: readonly (readonly [number, T])[]): T {
    let left = this.unit() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return this.pick(choices)[1];
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.#random.next() & 0xff);
  }
}
