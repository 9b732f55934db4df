import type { Emulator } from "../../src/emulator/emulator.ts";
import type { TestDojang } from "./dojang.ts";
import { until } from "./until.ts";

/** One answer of the gateway that waits for the test. */
export interface Held {
  /** Waits until the call is there; from then on its answer is held. */
  taken(): Promise<void>;
  release(): void;
}

/**
 * Holds the answer to the next GET of this path. `snapshot`: whether it tells how things were when the call came
 * (`arrival`: an answer that grows old on its way) or when it is let go (`release`: a slow gateway).
 */
export function holdLook(
  emulator: Emulator,
  { path, snapshot }: { path: string; snapshot: "arrival" | "release" },
): Held {
  const { promise, resolve } = Promise.withResolvers<void>();
  emulator.override({ method: "GET", path, times: 1 }, { holdUntil: promise, snapshot });
  const isWaiting = () => emulator.overrides.list().some(({ answer }) => answer.holdUntil === promise);
  return { taken: () => until(`${path} is asked for`, () => !isWaiting()).then(() => {}), release: resolve };
}

/** Counts the callers that reach the gateway port, whether or not they share a call there. */
export function countCallers({ dojang }: TestDojang): Disposable & { reach(count: number): Promise<void> } {
  const { gateway } = dojang.deps;
  const fetchPayment = gateway.fetchPayment.bind(gateway);
  let seen = 0;
  gateway.fetchPayment = (paymentId) => {
    seen += 1;
    return fetchPayment(paymentId);
  };
  return {
    reach: (count) => until(`${count} callers want a look`, () => seen >= count).then(() => {}),
    [Symbol.dispose]() {
      gateway.fetchPayment = fetchPayment;
    },
  };
}
