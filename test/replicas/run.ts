import { parseArgs } from "node:util";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { killInTurn } from "./kill-in-turn.ts";
import { runReplicas } from "./run-replicas.ts";

const USAGE = "expected --rounds N and --seed S, whole numbers from 1";

/** `npm run replicas -- --rounds N --seed S`: one line of figures, and one for each finding. In each round one server and one worker die. */
async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } });
  const rounds = whole(values.rounds ?? "10");
  const seed = whole(values.seed ?? String(1 + (Date.now() % 1_000_000)));
  const startedAt = Date.now();
  const databaseUrl = await makeDatabase();
  const { findings, ...figures } = await runReplicas({
    databaseUrl,
    seed,
    servers: 3,
    workers: 2,
    buyers: 8,
    quietMsMax: 90_000,
    havoc: killInTurn(rounds, { min: 200, max: 2_000 }),
  });
  await dropDatabase(databaseUrl);
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  const line = Object.entries({ seed, ...figures, findings: findings.length }).map(
    ([name, n]) => `${n} ${name}`,
  );
  process.stdout.write(`${line.join(", ")}; ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
  return findings.length === 0;
}

function whole(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new Error(`Cannot run ${text}: ${USAGE}`);
  return Number(text);
}

process.exitCode = (await main()) ? 0 : 1;
