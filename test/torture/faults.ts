import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { expireLeases } from "../support/expire-leases.ts";
import type { Ground } from "./ground.ts";
import { ARM, type Plan } from "./inside/plan.ts";
import { atTime, passTime, plain, restart, type Strike } from "./lives.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);

/** What a fault did, while the buyers bought. */
export interface Struck {
  readonly kills: number;
  /** Kills of processes that were just starting, besides. */
  readonly atStart?: number;
  /** A labelled point that was never passed: the process was killed at some other moment. */
  readonly missed?: boolean;
  /** Ends and lines that are meant to be. */
  readonly mayFail?: boolean;
  readonly findings: readonly string[];
}

type Fault = (strike: Strike) => Promise<Struck>;

const NONE: Struck = { kills: 0, findings: [] };
const PASS_MS_MAX = 6_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const LOOK_AGAIN_MS = 5;

/** Waits until so many more requests were answered, or for so long. */
export async function untilAnswered({ told }: Ground, count: number, msMax = PASS_MS_MAX): Promise<void> {
  const answered = () => told.requests - told.unanswered;
  const enough = answered() + count;
  const giveUpAt = performance.now() + msMax;
  while (answered() < enough && performance.now() < giveUpAt) await setTimeout(LOOK_AGAIN_MS);
}

/** Where several processes stand: so often all of them die at the same moment. */
const ALL_SHARE = 0.3;

const kill: Fault = async (strike) => {
  await untilAnswered(strike.ground, strike.ground.draw.int(5, 60));
  await setTimeout(strike.ground.draw.int(0, 30));
  const { places } = strike.ground;
  const all = places.length > 1 && strike.ground.draw.chance(ALL_SHARE) ? places : [strike.place];
  await Promise.all(all.map((place) => place.kill()));
  const others = all.filter((place) => place !== strike.place);
  const starts = others.map((place) => restart({ ...strike, place, next: plain(strike.next) }));
  const killed = await Promise.all([restart(strike), ...starts]);
  return { ...NONE, kills: all.length, atStart: killed.reduce((sum, one) => sum + one, 0) };
};

/** It was started with the label, and dies when it passes it. */
const labelled: Fault = async (strike) => {
  const { place } = strike;
  place.process.child.kill(ARM);
  const died = place.ended().then((end) => ({ end }));
  const ended = await Promise.race([died, setTimeout(PASS_MS_MAX, undefined, { ref: false })]);
  if (ended === undefined) await place.kill();
  const { code, output } = (await died).end;
  const atStart = await restart(strike);
  const findings = code === null ? [] : [`it ended by itself, with ${code}: ${output.slice(-2000)}`];
  return { kills: 1, atStart, missed: ended === undefined, findings };
};

const FULL_MS = 2_500;

/**
 * The disk has no room for a while. A SQLite server ends, or refuses; on PostgreSQL it goes on and refuses. Who may not mount a disk
 * limits the size of the files instead.
 */
const diskFull: Fault = async (strike) => {
  const { ground, place } = strike;
  const { mount } = ground.base;
  await untilAnswered(ground, ground.draw.int(5, 40));
  const left = ground.draw.int(0, 8) * 16 * 1024;
  if (mount === undefined) await limitFiles(place, logBytes(ground) + left);
  else mount.fill(left);
  const findings: string[] = [];
  const ended = await Promise.race([place.ended(), setTimeout(FULL_MS, undefined, { ref: false })]);
  if (ended !== undefined) {
    if (ground.engine === "sqlite") findings.push(...endOnFull(ended));
    else findings.push(`${place.name} ended on a full disk: ${ended.output.slice(-2000)}`);
  }
  mount?.free();
  if (ground.engine === "sqlite") {
    if (place.isUp) await place.kill();
    await restart(strike);
  }
  return { kills: 0, mayFail: true, findings };
};

/** From now on no write of the process passes this size of a file: EFBIG, where a full disk would say ENOSPC. */
async function limitFiles({ process }: Place, bytes: number): Promise<void> {
  await run("prlimit", ["--pid", String(process.child.pid), `--fsize=${bytes}:${bytes}`]);
}

function logBytes({ base }: Ground): number {
  return statSync(`${base.directUrl.slice("sqlite:".length)}-wal`).size;
}

function endOnFull({ code, output }: { code: number | null; output: string }): string[] {
  const saysWhy = /commit_outcome_unknown/.test(output);
  return code === 1 && saysWhy ? [] : [`it ended with ${code} on a full disk: ${output.slice(-2000)}`];
}

/** First nothing can be written any more while it runs, then the disk cannot be written when it starts. */
const readOnly: Fault = async (strike) => {
  const { ground, place } = strike;
  await untilAnswered(ground, ground.draw.int(5, 40));
  if (ground.engine === "postgres") {
    const undo = await ground.base.refuseWrites();
    await untilReady(place, false);
    await setTimeout(ground.draw.int(0, 500));
    await undo();
    return { ...NONE, mayFail: true, findings: await untilReady(place, true) };
  }
  const findings: string[] = [];
  // Every write to a file fails, as on a disk that became read-only under it.
  await limitFiles(place, 0);
  const ended = await Promise.race([place.ended(), setTimeout(FULL_MS, undefined, { ref: false })]);
  if (ended === undefined) await place.kill();
  else findings.push(...endOnFull(ended));
  const { mount } = ground.base;
  if (mount !== undefined) {
    await mount.remount("ro");
    const refusal = await place.start(atTime(ground, strike.next)).then(
      () => "it started",
      (error: Error) => error.message,
    );
    await mount.remount("rw");
    if (!/The server ended: dojang: [^\n]+\n?$/.test(refusal))
      findings.push(`on a read-only disk it does not refuse in one line: ${refusal}`);
    if (place.isUp) await place.kill();
  }
  await restart(strike);
  return { kills: 0, mayFail: true, findings };
};

const READY_MS_MAX = 20_000;

async function untilReady({ process, name }: Place, wanted: boolean): Promise<string[]> {
  const giveUpAt = performance.now() + READY_MS_MAX;
  while (performance.now() < giveUpAt) {
    const answer = await fetch(`${process.url}/readyz`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer !== undefined && answer.ok === wanted) return [];
    await setTimeout(LOOK_AGAIN_MS);
  }
  return [`${name} does not become ${wanted ? "ready again" : "unready"}`];
}

const CUTS = 5;

/** The connections to the database are reset again and again, then it is away, then it says nothing. */
const cut: Fault = async ({ ground, place }) => {
  const { wire } = ground.base;
  if (wire === undefined) throw new Error("Invariant violated: this fault needs a wire to the database");
  for (let count = 0; count < CUTS; count += 1) {
    await untilAnswered(ground, ground.draw.int(1, 15), 2_000);
    await setTimeout(ground.draw.int(0, 10));
    wire.cut();
  }
  await wire.pull();
  await setTimeout(ground.draw.int(50, 600));
  await wire.plug();
  wire.freeze();
  await setTimeout(ground.draw.int(50, 600));
  wire.cut();
  wire.thaw();
  return { ...NONE, mayFail: true, findings: await untilReady(place, true) };
};

const RESET_ANSWERS = 60;
/** A connection carries several calls: some of them whole. */
const RESET_BYTES_MAX = 6_000;

/** The way to the gateway breaks at any byte. */
const reset: Fault = async ({ ground }) => {
  ground.bytesUntilCut = () => ground.draw.int(1, RESET_BYTES_MAX);
  ground.gatewayWire.cut();
  await untilAnswered(ground, RESET_ANSWERS);
  ground.bytesUntilCut = undefined;
  ground.gatewayWire.cut();
  return NONE;
};

/** The process was started with a clock that jumps. Afterwards all of them agree again, later than any of them was. */
const clock: Fault = async ({ ground, place, next }) => {
  place.process.child.kill(ARM);
  await untilAnswered(ground, 40, 3_000);
  if (ground.engine === "postgres") await ground.base.setAhead(ground.aheadMs + jumpOf(ground));
  await untilAnswered(ground, 40, 3_000);
  for (const orderId of ground.told.registered.keys()) ground.unordered.add(orderId);
  await passTime(ground, JUMP_MS + 15 * MINUTE_MS, { place, next });
  return { ...NONE, kills: ground.places.length };
};

export const JUMP_MS = HOUR_MS;
const JUMPS: readonly number[] = [JUMP_MS, -10 * MINUTE_MS];
export const jumpOf = ({ draw }: Ground): number => draw.pick(JUMPS);

const LEASE_MS = 61_000;

/** Stopped for longer than a lease lasts: what it held is done by another, or by itself once more. */
const stop: Fault = async ({ ground, place }) => {
  await untilAnswered(ground, ground.draw.int(5, 60));
  place.process.child.kill("SIGSTOP");
  await setTimeout(50);
  if (ground.engine === "postgres") {
    await expireLeases(ground.base.directUrl);
    await setTimeout(ground.draw.int(300, 1_200));
  } else {
    await setTimeout(ground.draw.int(100, 600));
    // The process sees by its plan that so much time has passed.
    ground.aheadMs += LEASE_MS;
    await ground.emulator.advance(LEASE_MS);
  }
  place.process.child.kill("SIGCONT");
  await untilAnswered(ground, 40, 3_000);
  return NONE;
};

/** By the names that the command takes. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  kill,
  labelled,
  "disk-full": diskFull,
  "read-only": readOnly,
  cut,
  reset,
  clock,
  stop,
};

export const FAULT_NAMES = [
  "kill",
  "labelled",
  "disk-full",
  "read-only",
  "cut",
  "reset",
  "clock",
  "stop",
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** What a process must be started with, so that this fault can strike it. */
export function clockPlanFor(fault: FaultName, ground: Ground): Plan["clock"] {
  if (fault === "clock") return { jump: { afterMs: ground.draw.int(200, 1_500), byMs: jumpOf(ground) } };
  return fault === "stop" && ground.engine === "sqlite" ? { onContinueMs: LEASE_MS } : undefined;
}
