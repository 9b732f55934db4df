import { ENGINES } from "../support/engines.ts";
import { testAggregate } from "./contract/aggregate.ts";
import { testAudit } from "./contract/audit.ts";
import { testClash } from "./contract/clash.ts";
import { testConsole } from "./contract/console.ts";
import { testCursors } from "./contract/cursors.ts";
import { testDeliveries } from "./contract/deliveries.ts";
import { testDurability } from "./contract/durability.ts";
import { testMoney } from "./contract/money.ts";
import { testPrivacy } from "./contract/privacy.ts";
import { testReads } from "./contract/reads.ts";
import { testRefunds } from "./contract/refunds.ts";
import { testTasks } from "./contract/tasks.ts";
import { testTexts } from "./contract/texts.ts";
import { testTransact } from "./contract/transact.ts";

for (const engine of ENGINES) {
  testTransact(engine);
  testAggregate(engine);
  testAudit(engine);
  testClash(engine);
  testConsole(engine);
  testCursors(engine);
  testTasks(engine);
  testReads(engine);
  testRefunds(engine);
  testDeliveries(engine);
  testDurability(engine);
  testMoney(engine);
  testPrivacy(engine);
  testTexts(engine);
}
