import { availableParallelism } from "node:os";
import { machineCpuUs, processCpuUs } from "./process-cpu.ts";

/** Watches what each of the benchmark's processes spends, and what is left over: the machine's other guests. */
export class CpuWatch<Role extends string> {
  readonly #pids: Readonly<Record<Role, number>>;
  readonly #before: Readonly<Record<Role, number>>;
  readonly #machineBefore = machineCpuUs();
  readonly #startedAt = performance.now();

  constructor(pids: Readonly<Record<Role, number>>) {
    this.#pids = pids;
    this.#before = mapValues(pids, processCpuUs);
  }

  /** Microseconds per process since the start, NaN where there is no /proc; the others' share of all cores. */
  read(): { readonly used: Readonly<Record<Role, number>>; readonly othersShare: number } {
    const used = mapValues(this.#pids, (pid, role) => processCpuUs(pid) - this.#before[role]);
    const roles = Object.keys(used) as Role[];
    // One process may have two roles.
    const own = new Map(roles.map((role) => [this.#pids[role], used[role]]));
    const ownUs = [...own.values()].reduce((sum, cpu) => sum + cpu, 0);
    const elapsedUs = (performance.now() - this.#startedAt) * 1000;
    const othersUs = machineCpuUs() - this.#machineBefore - ownUs;
    return { used, othersShare: Math.max(0, othersUs / (elapsedUs * availableParallelism())) };
  }
}

function mapValues<Key extends string>(
  record: Readonly<Record<Key, number>>,
  map: (value: number, key: Key) => number,
): Record<Key, number> {
  const entries = Object.entries(record) as [Key, number][];
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value, key)])) as Record<Key, number>;
}
