// Goal: any number of servers on one PostgreSQL answer as one order would that is asked by one client at a time. Method: clients at three
// servers, their calls and answers recorded and held against a model that knows nothing of the domain. `npm run linearizability` runs more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openSite } from "./open-site.ts";
import { runHistories } from "./run-histories.ts";

const SEED = 20261125;

test(`three servers answer as one order would (seed ${SEED})`, async () => {
  await using site = await openSite(SEED);
  const report = await runHistories(site, { seed: SEED, histories: 100, atOnce: 6 });
  assert.deepEqual(report.findings, []);
  // A world in which nothing happens is in any order.
  for (const answer of [
    "complete success",
    "complete closed",
    "cancel cancelled",
    "refund accepted",
    "read paid",
  ])
    assert.ok((report.answers.get(answer) ?? 0) > 5, `${answer}: ${JSON.stringify([...report.answers])}`);
});
