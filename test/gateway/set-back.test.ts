// Goal: a clock that is set back keeps nobody from the gateway for as long (X13). Method: it is set back by an hour while something waits
// for its time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannelTable } from "../../src/gateway/channel-table.ts";
import { openLog } from "../../src/log.ts";
import { snapshotOf } from "../support/domain.ts";
import { answer, envelope, openDouble, UNAUTHORIZED } from "./gateway-double.ts";
import { ManualClock } from "./manual-clock.ts";
import { openGateway } from "./open-gateway.ts";

const HOUR_MS = 3_600_000;

test("X13 fetchPayment() asks again after a refusal, however far the clock was set back", async () => {
  const clock = new ManualClock();
  await using double = await openDouble();
  await using gateway = openGateway(double.url, { clock });
  const usual = double.answers.login;
  double.answers.login = (received) => answer(received, UNAUTHORIZED, { status: 401 });
  assert.equal((await gateway.fetchPayment("imp_1")).kind, "misconfigured");
  double.answers.login = usual;
  clock.jump(-HOUR_MS);
  assert.equal((await gateway.fetchPayment("imp_1")).kind, "found");
});

test("X13 policyFor() reads of a new channel, however far the clock was set back", async () => {
  const clock = new ManualClock();
  await using double = await openDouble();
  await using gateway = openGateway(double.url, { clock });
  const log = openLog("silent");
  const rules = { isSandbox: false, promotions: new Set<string>() };
  const table = createChannelTable({ gateway, clock, log, rules });
  const row = (pg_id: string) =>
    JSON.stringify({ pg_provider: "kcp", pg_id, sandbox: false, type: "payment" });
  const seen = snapshotOf({ pgProvider: "kcp", pgMerchantId: "NEW" });
  double.answers.call = (received) => answer(received, envelope(`[${row("OLD")}]`));
  assert.deepEqual((await table.policyFor(seen))?.channels, new Set(["kcp:OLD"]));
  double.answers.call = (received) => answer(received, envelope(`[${row("OLD")},${row("NEW")}]`));
  clock.jump(-HOUR_MS);
  assert.deepEqual((await table.policyFor(seen))?.channels, new Set(["kcp:OLD", "kcp:NEW"]));
});
