import { parentPort, workerData } from "node:worker_threads";
import { TARGETS } from "../targets/all-targets.ts";
import { fuzz } from "./fuzz.ts";
import type { FuzzOrder } from "./fuzz-order.ts";

const { name, seed, seconds, shared } = workerData as FuzzOrder;
const counts = new Int32Array(shared, 0, 2);
const bytes = new Uint8Array(shared, 8);
const target = TARGETS.find((one) => one.name === name);
if (target === undefined) throw new Error(`Cannot fuzz ${name}: there is no such target`);

const outcome = fuzz(target, {
  seed,
  seconds,
  onInput(input) {
    bytes.set(input.subarray(0, bytes.length));
    counts[1] = input.length;
    Atomics.add(counts, 0, 1);
  },
});
parentPort?.postMessage(outcome);
