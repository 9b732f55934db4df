import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import type { Verdict, WorkerData } from "./worker.ts";

/** A test that is slower than this with a mutant hangs. All of them take 5 s where nothing else runs. */
const HANGS_AFTER_MS = 90_000;

export interface Judge extends AsyncDisposable {
  /** What Stryker's command runner runs for every mutant: ends with 0 where all tests pass. */
  readonly command: string;
  /** Mutants that a test, and nothing else, has ended. */
  readonly killed: ReadonlyMap<string, string>;
  readonly survived: ReadonlySet<string>;
  /** Whether the tests pass without a mutant after all of them, in the process that judged them. */
  readonly isSound: () => Promise<boolean>;
}

/**
 * Judges mutants in a process where all tests are loaded: a new process takes 15 s for all tests on two busy cores, and this one
 * some milliseconds for those that come by the mutant. The command of a mutant is one request, so that it costs next to nothing.
 */
export async function openJudge(): Promise<Judge> {
  const killed = new Map<string, string>();
  const survived = new Set<string>();
  const warm = warmWorker();
  const server = createServer(async (request, response) => {
    const mutant = request.url?.slice(1) ?? "";
    const sandbox = String(request.headers["x-sandbox"]);
    const first = await warm.ask(sandbox, mutant);
    const verdict =
      first.kind === "cold" ? await judgeAlone({ sandbox, cold: { mutant, files: first.files } }) : first;
    if (verdict.kind === "killed") killed.set(mutant, verdict.by);
    else survived.add(mutant);
    response.writeHead(verdict.kind === "killed" ? 500 : 200).end(JSON.stringify(verdict));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    command: `curl -s --fail-with-body -H "x-sandbox: $PWD" "http://127.0.0.1:${port}/$__STRYKER_ACTIVE_MUTANT__"`,
    killed,
    survived,
    isSound: async () => (await warm.ask(warm.sandbox(), "")).kind === "survived",
    [Symbol.asyncDispose]: async () => {
      await warm.end();
      server.close();
      server.closeAllConnections();
    },
  };
}

function warmWorker() {
  let worker: Worker | undefined;
  let known = "";
  const start = async (sandbox: string): Promise<Verdict> => {
    known = sandbox;
    worker = openWorker({ sandbox });
    return askOnce(worker, "");
  };
  return {
    sandbox: () => known,
    async ask(sandbox: string, mutant: string): Promise<Verdict> {
      if (worker === undefined) {
        const first = await start(sandbox);
        if (mutant === "" || first.kind === "killed") return first;
      }
      const verdict = await askOnce(worker as Worker, mutant);
      if (verdict.kind === "killed" && verdict.by.startsWith(ENDED)) worker = undefined;
      return verdict;
    },
    end: async () => {
      await worker?.terminate();
    },
  };
}

const ENDED = "worker:";

function openWorker(data: WorkerData): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: data,
    env: { ...process.env, FC_SEED: "1" },
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
}

async function judgeAlone(data: WorkerData): Promise<Verdict> {
  const worker = openWorker(data);
  const verdict = await askOnce(worker, undefined);
  await worker.terminate();
  return verdict;
}

/** A worker that hangs or falls over is ended, and its mutant with it. */
async function askOnce(worker: Worker, mutant: string | undefined): Promise<Verdict> {
  if (mutant !== undefined) worker.postMessage(mutant);
  try {
    const [verdict] = await once(worker, "message", { signal: AbortSignal.timeout(HANGS_AFTER_MS) });
    return verdict;
  } catch (error) {
    await worker.terminate();
    return { kind: "killed", by: `${ENDED} ${String(error)}` };
  }
}
