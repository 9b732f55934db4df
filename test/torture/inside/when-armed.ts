import { BroadcastChannel, isMainThread } from "node:worker_threads";
import { ARM } from "./plan.ts";

const CHANNEL = "torture-armed";
/** Threads that start later get a copy of the environment. */
const VARIABLE = "TORTURE_ARMED";

/** Runs once, in each thread, when the process is told to begin. What it does before, starting up or at rest, is left alone. */
export function whenArmed(run: () => void): void {
  if (process.env[VARIABLE] === "1") {
    run();
    return;
  }
  const channel = new BroadcastChannel(CHANNEL);
  (channel as unknown as { unref(): void }).unref();
  if (!isMainThread) {
    channel.onmessage = run;
    return;
  }
  process.once(ARM, () => {
    process.env[VARIABLE] = "1";
    channel.postMessage("armed");
    run();
  });
}
