// Runs in the server's process, and in each of its threads, before anything of the server does: node --import. It wraps what Node.js and
// the drivers offer, so that the product needs no hook for it.
import { isMainThread } from "node:worker_threads";
import { ARM, PLAN_VARIABLE, type Plan } from "./plan.ts";
import { plantBug } from "./plants.ts";

const ORPHAN_LOOK_MS = 500;
const plan = JSON.parse(process.env[PLAN_VARIABLE] ?? "{}") as Plan;

// Otherwise the first write past a file-size limit would end the process before the write could fail.
if (isMainThread) process.on("SIGXFSZ", () => {}).on(ARM, () => {});
// Nobody's child any more: whoever tortures it was killed.
const parent = process.ppid;
if (isMainThread)
  setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGKILL"), ORPHAN_LOOK_MS).unref();
if (plan.plant !== undefined) plantBug(plan.plant);
if (plan.clock !== undefined) (await import("./shift-clock.ts")).shiftClock(plan.clock);
if (plan.dieAt !== undefined) await (await import("./die-at.ts")).dieAt(plan.dieAt);
