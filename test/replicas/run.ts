import { parseArgs } from "node:util";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { killInTurn } from "./kill-in-turn.ts";
import { runFailover } from "./run-failover.ts";
import { type ReplicasReport, runReplicas } from "./run-replicas.ts";

const USAGE = "expected --rounds N and --seed S, whole numbers from 1, and --failover";

/**
 * One line of figures, and one for each finding.
 *
 * `npm run replicas -- --rounds N --seed S`: in each round one server and one worker are killed.
 * `npm run failover -- --rounds N --seed S`: in each round the primary of a pair of its own is killed, and its standby promoted.
 */
async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { rounds: { type: "string" }, seed: { type: "string" }, failover: { type: "boolean" } },
  });
  const rounds = whole(values.rounds ?? "10");
  const seed = whole(values.seed ?? String(1 + (Date.now() % 1_000_000)));
  if (values.failover !== true) return report(seed, () => killSome(rounds, seed));
  let isGreen = true;
  for (let round = 0; round < rounds; round += 1)
    isGreen = (await report(seed + round, () => failOver(seed + round))) && isGreen;
  return isGreen;
}

async function killSome(rounds: number, seed: number) {
  const databaseUrl = await makeDatabase();
  const size = { servers: 3, workers: 2, buyers: 8 };
  const havoc = killInTurn(rounds, { min: 50, max: 400 });
  const figures = await runReplicas({ databaseUrl, seed, ...size, waitsForRefunds: true, havoc });
  await dropDatabase(databaseUrl);
  return figures;
}

function failOver(seed: number) {
  const size = { servers: 3, workers: 2, buyers: 8 };
  return runFailover({ seed, ...size, answers: 500, awayMs: 1_000, waitsForRefunds: true });
}

async function report(seed: number, run: () => Promise<ReplicasReport>): Promise<boolean> {
  const startedAt = performance.now();
  const { findings, ...figures } = await run();
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  const shown = Object.entries({ seed, ...figures, findings: findings.length }).map(
    ([name, value]) => `${Number.isInteger(value) ? value : value.toFixed(2)} ${name}`,
  );
  process.stdout.write(`${shown.join(", ")}; ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
  return findings.length === 0;
}

function whole(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`Cannot run ${text}: ${USAGE}`);
  return Number(text);
}

process.exitCode = (await main()) ? 0 : 1;
