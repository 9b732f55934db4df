// npm run bench:fsync: what a slow disk costs, with group commit and with one commit per request. See docs/performance.md.
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../../src/clock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/storage/store.ts";
import { describeMachine } from "../machine.ts";
import { median } from "../measure.ts";
import { makeDataFolder } from "../server.ts";
import { writeResults } from "../write-results.ts";
import { complete, register } from "./completions.ts";
import { type LoopReport, watchLoop } from "./loop-watch.ts";
import { openSlowDisk } from "./slow-disk.ts";

const AIMS = { ratio: 20, stallMs: 10 };
const REGISTER_CONNECTIONS = 128;

interface Contender {
  readonly name: string;
  /** Callers at one time; one alone shares its commit with nobody. */
  readonly connections: number;
  readonly ordersMax: number;
  /** Waits for its sync in the main thread, as a COMMIT under synchronous=FULL does. */
  readonly isBlocking: boolean;
}

interface Figures extends LoopReport {
  readonly perSecond: number;
  /** On a machine with a core for the main thread alone: what it waited for one is not counted. */
  readonly ownPerSecond: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const CONTENDERS: readonly Contender[] = [
  { name: "one commit per request", connections: 1, ordersMax: 1_500, isBlocking: true },
  { name: "group commit, 64 callers", connections: 64, ordersMax: 14_000, isBlocking: false },
  { name: "group commit, 256 callers", connections: 256, ordersMax: 14_000, isBlocking: false },
];

const { values } = parseArgs({
  options: {
    ms: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1.5" },
  },
});
const plan = { ms: Number(values.ms), rounds: Number(values.rounds), seconds: Number(values.seconds) };

async function main(): Promise<void> {
  const seen = new Map<string, Figures[]>(CONTENDERS.map(({ name }) => [name, []]));
  await measure({ ...(CONTENDERS[1] as Contender), ordersMax: 4_000 }); // until the code is compiled
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const contender of CONTENDERS) {
      const figures = await measure(contender);
      seen.get(contender.name)?.push(figures);
      process.stderr.write(
        `bench: round ${round + 1}/${plan.rounds}, ${contender.name}: ${Math.round(figures.perSecond)}/s\n`,
      );
    }
  }
  report(seen);
}

async function measure({ connections, ordersMax, isBlocking }: Contender): Promise<Figures> {
  const folder = makeDataFolder();
  await using disk = openSlowDisk(plan.ms, { isBlocking });
  const options = { path: join(folder, "dojang.db"), clock: systemClock, dataKey: randomBytes(32) };
  try {
    // Registered on a fast disk: that is not measured.
    await using fast = await openSqliteStore(options);
    await eachOf({
      callers: REGISTER_CONNECTIONS,
      count: ordersMax,
      run: (index) => register(fast, { series: 1, index }),
    });
    await fast.close();
    await using store = await openSqliteStore({ ...options, faults: disk.faults });
    return await load(store, { connections, count: ordersMax });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function load(
  store: Store,
  { connections, count }: { readonly connections: number; readonly count: number },
): Promise<Figures> {
  const latencies: number[] = [];
  const endWatch = watchLoop();
  const cpu = process.cpuUsage();
  const endsAt = performance.now() + plan.seconds * 1000;
  const run = async (index: number) => {
    const askedAt = performance.now();
    await complete(store, { series: 1, index });
    latencies.push(performance.now() - askedAt);
  };
  await eachOf({ callers: connections, count, run, endsAt });
  const loop = endWatch();
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((one, other) => one - other);
  const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? Number.NaN;
  return {
    ...loop,
    perSecond: (latencies.length / loop.elapsedMs) * 1000,
    ownPerSecond: (latencies.length / loop.ownElapsedMs) * 1000,
    cpuUs: (user + system) / latencies.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}

/** Each caller takes the next number when it is done with the one before. */
async function eachOf(work: {
  readonly callers: number;
  readonly count: number;
  readonly run: (index: number) => Promise<void>;
  readonly endsAt?: number;
}): Promise<void> {
  const { callers, count, run, endsAt = Number.POSITIVE_INFINITY } = work;
  let next = 0;
  const caller = async () => {
    while (next < count && performance.now() < endsAt) await run(next++);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

function report(seen: ReadonlyMap<string, readonly Figures[]>): void {
  const base = seen.get(CONTENDERS[0]?.name ?? "") ?? [];
  const results = [...seen].map(([name, rounds]) => {
    const of = (field: keyof Figures) => rounded(median(rounds.map((figures) => figures[field])));
    const against = (field: keyof Figures) =>
      rounded(median(rounds.map((figures, round) => figures[field] / (base[round]?.[field] ?? Number.NaN))));
    return {
      name,
      ...{ ratio: against("perSecond"), ownRatio: against("ownPerSecond") },
      ...{ perSecond: of("perSecond"), ownPerSecond: of("ownPerSecond"), cpuUs: of("cpuUs") },
      ...{
        p50Ms: of("p50Ms"),
        p99Ms: of("p99Ms"),
        stallP99Ms: of("stallP99Ms"),
        stallMaxMs: of("stallMaxMs"),
      },
      ...{ ownStallP99Ms: of("ownStallP99Ms"), ownStallMaxMs: of("ownStallMaxMs") },
    };
  });
  process.stdout.write(
    `\nEach sync takes ${plan.ms} ms longer; first completions, decided and written; medians. own: without what the main thread waited for a core\n`,
  );
  for (const { name, ...cells } of results) {
    process.stdout.write(`${name}\n`);
    for (const [field, value] of Object.entries(cells)) {
      process.stdout.write(`  ${field.padEnd(16)}${String(value).padStart(10)}\n`);
    }
  }
  const best = results.reduce((one, other) => (other.ownRatio > one.ownRatio ? other : one));
  const stallMs = Math.max(...results.slice(1).map(({ ownStallMaxMs }) => ownStallMaxMs));
  const mark = (isMet: boolean) => (isMet ? "met" : "missed");
  process.stdout.write(
    `fsync ${plan.ms} ms: ${best.ownRatio} x one commit per request (aim ${AIMS.ratio}: ${mark(best.ownRatio >= AIMS.ratio)}), ` +
      `event loop stalls of ${stallMs} ms at most (aim ${AIMS.stallMs}: ${mark(stallMs <= AIMS.stallMs)}); by the wall clock ${best.ratio} x\n`,
  );
  writeResults("fsync", { machine: describeMachine(new Date()), plan, results });
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

await main();
