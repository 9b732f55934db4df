import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SentResult } from "./worker.ts";

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
const PLANT = new URL("./planted/plant.ts", import.meta.url).href;

export interface SeedRange {
  readonly from: number;
  readonly seeds: number;
  /** How many processes at a time. */
  readonly jobs: number;
  /** A bug to put into the code of the server first. */
  readonly planted?: string;
  /** @returns false to begin no seed more */
  readonly onResult: (result: SentResult) => boolean;
}

/** Runs the seeds in processes of their own, in ascending order as far as several run at a time. */
export async function runSeeds({ from, seeds, jobs, planted, onResult }: SeedRange): Promise<void> {
  let next = from;
  let isToGoOn = true;
  const take = () => (isToGoOn && next < from + seeds ? next++ : undefined);
  const work = Array.from({ length: Math.min(jobs, seeds) }, () =>
    runWorker({
      take,
      planted,
      onResult(result) {
        isToGoOn = onResult(result) && isToGoOn;
      },
    }),
  );
  await Promise.all(work);
}

interface Work {
  readonly take: () => number | undefined;
  readonly planted: string | undefined;
  readonly onResult: (result: SentResult) => void;
}

function runWorker({ take, planted, onResult }: Work): Promise<void> {
  const execArgv = planted === undefined ? [] : ["--import", PLANT];
  const env = { ...process.env, ...(planted === undefined ? {} : { DOJANG_SIM_PLANTED: planted }) };
  const child = fork(WORKER, { execArgv, env });
  let seed: number | undefined;
  return new Promise((resolve, reject) => {
    const sendNext = () => {
      seed = take();
      if (seed === undefined) child.disconnect();
      else child.send(seed);
    };
    child.on("message", (message: SentResult | "ready") => {
      if (message !== "ready") onResult(message);
      sendNext();
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      if (seed === undefined) resolve();
      else reject(new Error(`The process of seed ${seed} ended with ${code}`));
    });
  });
}
