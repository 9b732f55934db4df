/** A bounded number of places, taken in the order of asking. */
export interface Places {
  /** Waits for a free place. */
  take(): Promise<void>;
  leave(): void;
}

export function createPlaces(count: number): Places {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((given) => waiting.push(given));
    },
    leave() {
      const given = waiting.shift();
      if (given === undefined) free += 1;
      else given();
    },
  };
}
