// Goal: when the database fails over, no answered result is lost and nobody restarts a Dojang (X11). Method: a primary with a synchronous
// standby, servers and a worker as real processes with both hosts in DATABASE_URL, buyers at all of them; the primary is killed with
// SIGKILL, the standby promoted. `npm run failover` runs it longer and prints how long nobody was served.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runFailover } from "../replicas/run-failover.ts";
import { hasPostgresTool } from "../support/postgres/find-postgres.ts";

const SEED = 20261126;

test(`a failover loses nothing that was answered, and every server goes on (seed ${SEED})`, {
  skip: hasPostgresTool("pg_basebackup") ? false : "pg_basebackup is not installed",
}, async () => {
  const size = { servers: 2, workers: 1, buyers: 4 };
  const report = await runFailover({
    ...size,
    seed: SEED,
    answers: 150,
    awayMs: 300,
    waitsForRefunds: false,
  });
  assert.deepEqual(report.findings, []);
  assert.ok(report.applied > 20, JSON.stringify(report));
});
