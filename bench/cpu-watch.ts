import { availableParallelism } from "node:os";
import { machineCpuUs, processCpuUs, processTreeCpuUs } from "./process-cpu.ts";

/** Watches what each of the benchmark's processes spends, and what is left over: the machine's other guests. */
export class CpuWatch<Role extends string> {
  readonly #pids: Readonly<Record<Role, number>>;
  readonly #before: Readonly<Record<Role, number>>;
  readonly #databasePid: number | undefined;
  readonly #databaseBefore: number;
  readonly #machineBefore = machineCpuUs();
  readonly #startedAt = performance.now();

  /** @param databasePid of a server that answers each connection with a child */
  constructor(pids: Readonly<Record<Role, number>>, databasePid?: number) {
    this.#pids = pids;
    this.#databasePid = databasePid;
    this.#databaseBefore = databasePid === undefined ? 0 : processTreeCpuUs(databasePid);
    this.#before = mapValues(pids, processCpuUs);
  }

  /** Microseconds per process since the start, NaN where there is no /proc; the others' share of all cores. */
  read(): {
    readonly used: Readonly<Record<Role, number>>;
    readonly databaseUs: number;
    readonly othersShare: number;
  } {
    const used = mapValues(this.#pids, (pid, role) => processCpuUs(pid) - this.#before[role]);
    const roles = Object.keys(used) as Role[];
    // One process may have two roles.
    const own = new Map(roles.map((role) => [this.#pids[role], used[role]]));
    const databaseUs =
      this.#databasePid === undefined ? 0 : processTreeCpuUs(this.#databasePid) - this.#databaseBefore;
    const ownUs = [...own.values()].reduce((sum, cpu) => sum + cpu, databaseUs);
    const elapsedUs = (performance.now() - this.#startedAt) * 1000;
    const othersUs = machineCpuUs() - this.#machineBefore - ownUs;
    return { used, databaseUs, othersShare: Math.max(0, othersUs / (elapsedUs * availableParallelism())) };
  }
}

function mapValues<Key extends string>(
  record: Readonly<Record<Key, number>>,
  map: (value: number, key: Key) => number,
): Record<Key, number> {
  const entries = Object.entries(record) as [Key, number][];
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value, key)])) as Record<Key, number>;
}
