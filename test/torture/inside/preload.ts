// Runs in the server's process, and in each of its threads, before anything of the server does: node --import. It wraps what Node.js and
// the drivers offer, so that the product needs no hook for it.
import { isMainThread } from "node:worker_threads";
import { ARM, PLAN_VARIABLE, type Plan } from "./plan.ts";
import { plantBug } from "./plants.ts";

const plan = JSON.parse(process.env[PLAN_VARIABLE] ?? "{}") as Plan;

// Otherwise the first write past a file-size limit would end the process before the write could fail.
if (isMainThread) process.on("SIGXFSZ", () => {}).on(ARM, () => {});
if (plan.plant !== undefined) plantBug(plan.plant);
if (plan.clock !== undefined) (await import("./shift-clock.ts")).shiftClock(plan.clock);
if (plan.dieAt !== undefined) await (await import("./die-at.ts")).dieAt(plan.dieAt);
