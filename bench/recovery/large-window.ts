// `dojang reconcile` over very many payments, killed in the middle and run again. The gateway is a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { readConfig } from "../../src/config.ts";
import { openLog } from "../../src/log.ts";
import { openDeps } from "../../src/main.ts";
import { registerOrder } from "../../src/usecases/register-order.ts";
import { startChild } from "../child.ts";
import { makeDataFolder } from "../server.ts";
import { exactly, type FigureReport, upTo } from "./figure.ts";
import type { ListPlan } from "./list-server.ts";
import { orderIdOf } from "./samples-of-lists.ts";

const COMMAND = resolve(import.meta.dirname, "..", "..", "bin", "dojang.mjs");
const WINDOW_SECONDS = 10 * 24 * 60 * 60;
const NEWS = 1000;
const MEGABYTE = 1024 * 1024;
/** Two of three lists are done at 67 %, and the middle one holds everything. */
const KILL_AT = "50 %";
const SAMPLE_MS = 100;

export async function measureLargeWindow({ payments }: { readonly payments: number }): Promise<FigureReport> {
  const folder = makeDataFolder();
  const gateway = await startChild(new URL("./list-server.ts", import.meta.url));
  const env = {
    DATABASE_URL: `sqlite:${join(folder, "dojang.db")}`,
    DOJANG_DATA_KEY: Buffer.alloc(32, 7).toString("base64"),
    IMP_API_URL: (gateway.ready as { url: string }).url,
    IMP_KEY: "bench-key",
    IMP_SECRET: "bench-secret-of-the-benchmark",
  };
  try {
    const from = Math.floor(Date.now() / 1000) - WINDOW_SECONDS - 3600;
    const oursEvery = Math.max(1, Math.floor(payments / NEWS));
    const plan: ListPlan = { from, seconds: WINDOW_SECONDS, count: payments, oursEvery };
    await gateway.call("plan", plan);
    const news = await registerOrders(env, plan);
    const args = ["--from", iso(from), "--to", iso(from + WINDOW_SECONDS)];
    const startedAt = performance.now();
    const killed = new Run(args, env);
    await killed.until(KILL_AT);
    await killed.kill();
    const second = new Run(args, env);
    if ((await second.ended) !== 0) throw new Error(`dojang reconcile failed: ${second.stderr}`);
    if (!second.stdout.includes("with the run before")) throw new Error("dojang reconcile started over");
    const seconds = (performance.now() - startedAt) / 1000;
    const count = (what: string) =>
      Number(new RegExp(`(\\d+) {2}${what}`).exec(second.stdout)?.[1] ?? Number.NaN);
    const peak = Math.max(killed.peakBytes, second.peakBytes) / MEGABYTE;
    return {
      title: `dojang reconcile over ${payments} payments, ${news} of them news, killed at ${KILL_AT} and run again`,
      figures: [
        upTo("resident memory of the process, peak", peak, { aim: 250, unit: "MB" }),
        exactly("payments seen in both runs", count("payments in the gateway's lists"), payments),
        exactly("orders found paid in both runs", count("orders found paid"), news),
      ],
      notes: [
        `${seconds.toFixed(0)} s, ${Math.round(payments / seconds)} payments/s; the second run went on where the first was`,
        `${await gateway.call("lookups", undefined)} payments asked for by their id`,
      ],
    };
  } finally {
    await gateway.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** @returns how many orders of the plan's are ours */
async function registerOrders(env: Record<string, string>, { count, oursEvery }: ListPlan): Promise<number> {
  const config = readConfig(env);
  if (config.gateway === undefined) throw new Error("Invariant violated: the benchmark names its gateway");
  const log = openLog("error");
  const { deps, close } = await openDeps(config, { gateway: config.gateway, log, clock: systemClock });
  const ids = Array.from({ length: Math.ceil(count / oursEvery) }, (_, n) => orderIdOf(n * oursEvery));
  const amount = { amountMinor: 50_000, currency: "KRW" } as const;
  await Promise.all(ids.map((orderId) => registerOrder(deps, { orderId, name: "감귤 5kg", amount })));
  await close();
  return ids.length;
}

/** One run of the command, with the most memory that it ever had. */
class Run {
  readonly #child: ChildProcess;
  readonly #sampler: NodeJS.Timeout;
  readonly ended: Promise<number | null>;
  stdout = "";
  stderr = "";
  peakBytes = 0;

  constructor(args: readonly string[], env: Record<string, string>) {
    const { PATH, HOME } = process.env;
    this.#child = spawn(process.execPath, [COMMAND, "reconcile", ...args], {
      env: { PATH, HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      process.stderr.write(`bench: ${text}`);
    });
    this.#sampler = setInterval(() => this.#sample(), SAMPLE_MS);
    this.ended = once(this.#child, "close").then(([code]) => {
      clearInterval(this.#sampler);
      return code as number | null;
    });
  }

  /** The kernel keeps the peak itself: only what came after the last sample is missed. */
  #sample(): void {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
      this.peakBytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024 || this.peakBytes;
    } catch {
      // Ended, or no Linux.
    }
  }

  async until(text: string): Promise<void> {
    while (!this.stderr.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`dojang reconcile ended: ${this.stderr}`);
      await new Promise((done) => setTimeout(done, SAMPLE_MS));
    }
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}
