// Half of the contract that every engine keeps: what it remembers and shows. The other half is contract-of-writes.test.ts.
import { ENGINES } from "../support/engines.ts";
import { testAudit } from "./contract/audit.ts";
import { testConsole } from "./contract/console.ts";
import { testCursors } from "./contract/cursors.ts";
import { testDeliveries } from "./contract/deliveries.ts";
import { testMoney } from "./contract/money.ts";
import { testPrivacy } from "./contract/privacy.ts";
import { testReads } from "./contract/reads.ts";
import { testRefunds } from "./contract/refunds.ts";

for (const engine of ENGINES) {
  testAudit(engine);
  testConsole(engine);
  testCursors(engine);
  testDeliveries(engine);
  testMoney(engine);
  testPrivacy(engine);
  testReads(engine);
  testRefunds(engine);
}
