// Goal: any number of servers and workers on one database are one Dojang, whoever is killed: nothing that was answered is lost, nothing is
// done twice, nothing is called paid that was not (X6, X7, X8). Method: three servers and two workers as real processes on a real
// PostgreSQL, buyers, webhooks and refunds at any of them, one of each killed with SIGKILL. `npm run replicas` runs it longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { killInTurn } from "../replicas/kill-in-turn.ts";
import { runReplicas } from "../replicas/run-replicas.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";

const SEED = 20261125;

test(`R44-q three servers and two workers keep every promise while one of each is killed (seed ${SEED})`, async () => {
  const databaseUrl = await makeDatabase();
  const report = await runReplicas({
    databaseUrl,
    seed: SEED,
    servers: 3,
    workers: 2,
    buyers: 4,
    waitsForRefunds: false,
    havoc: killInTurn(1, { min: 40, max: 80 }),
  });
  await dropDatabase(databaseUrl);
  assert.deepEqual(report.findings, []);
  assert.equal(report.kills, 2);
  assert.ok(report.applied > 15 && report.refunds > 2, JSON.stringify(report));
});
