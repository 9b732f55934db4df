import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { FoundInput, FuzzFigures } from "./fuzz.ts";
import { type FuzzOrder, SHARED_BYTES } from "./fuzz-order.ts";
import type { FuzzTarget } from "./fuzz-target.ts";

/** No input takes so long, on however busy a machine. */
const HANG_MS = 20_000;
const LOOK_MS = 200;

export interface TargetOutcome {
  readonly figures: FuzzFigures;
  readonly found?: FoundInput;
}

/**
 * Fuzzes one target in a thread of its own, so that an input that never ends is found as well.
 *
 * @param onProgress told some times a second how many inputs ran so far
 */
export async function runTarget(
  target: FuzzTarget,
  { seed, seconds, onProgress }: { seed: number; seconds: number; onProgress?: (executions: number) => void },
): Promise<TargetOutcome> {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const counts = new Int32Array(shared, 0, 2);
  const workerData: FuzzOrder = { name: target.name, seed, seconds, shared };
  const worker = new Worker(new URL("./fuzz-worker.ts", import.meta.url), { workerData });
  const ended = new Promise<TargetOutcome>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  let [seen, seenAt] = [-1, performance.now()];
  for (;;) {
    const outcome = await Promise.race([ended, setTimeout(LOOK_MS)]);
    if (outcome !== undefined) {
      await worker.terminate();
      const { figures, found } = outcome;
      // Between threads a buffer becomes bare bytes.
      return found === undefined
        ? { figures }
        : { figures, found: { ...found, input: Buffer.from(found.input) } };
    }
    const executions = counts[0] ?? 0;
    onProgress?.(executions);
    if (executions !== seen) [seen, seenAt] = [executions, performance.now()];
    else if (executions > 0 && performance.now() - seenAt > HANG_MS) {
      await worker.terminate();
      return hung(target, {
        executions,
        input: Buffer.from(new Uint8Array(shared, 8).slice(0, counts[1] ?? 0)),
      });
    }
  }
}

function hung(
  { name }: FuzzTarget,
  { executions, input }: { executions: number; input: Buffer },
): TargetOutcome {
  const nothing = { functions: 0, blocks: 0, blocksOfAll: 0, corpus: 0, kinds: 0 };
  return {
    figures: { target: name, executions, seconds: HANG_MS / 1000, ...nothing },
    found: { rule: "never ends", message: `no answer for ${HANG_MS} ms`, input },
  };
}
