// R10 and all that is woven from it: steps that are left out, done twice, in another order, and with another buyer's ids. Goal: whatever
// two pages do with two orders, each is paid by real money for it or not at all, and the shop hears the truth. Method: seeded flows of
// nine steps over HTTP; an oracle that knows only the gateway's money says what each step may be answered, and what stands in the end.
// `npm run forgery` runs thousands.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeFlow } from "./flows/make-flow.ts";
import { runFlows } from "./flows/run-flows.ts";

const FLOWS = 50;

describe("runFlows()", () => {
  test(`R10-l skips, repeats, reorderings and cross-overs: the seeds 1 to ${FLOWS}`, async () => {
    const { faults, turns, orders, paidOrders, discrepancies } = await runFlows({ flows: FLOWS });
    assert.deepEqual(faults, []);
    // Flows in which nothing happens would keep every promise, too.
    for (const [turn, count] of Object.entries(turns)) assert.ok(count > FLOWS / 4, `${count} ${turn}`);
    assert.ok(paidOrders > FLOWS / 2 && paidOrders < orders, `${paidOrders} of ${orders} orders were paid`);
    assert.ok(discrepancies > 0, "no money fitted no order");
  });

  test("makes the same flow again for the same seed, and another for another", () => {
    assert.deepEqual(makeFlow(7), makeFlow(7));
    assert.notDeepEqual(makeFlow(7).steps, makeFlow(8).steps);
  });
});
