// Half of the contract that every engine keeps: how it decides, writes and lasts. The other half is contract-of-records.test.ts.
import { ENGINES } from "../support/engines.ts";
import { testAggregate } from "./contract/aggregate.ts";
import { testClash } from "./contract/clash.ts";
import { testDurability } from "./contract/durability.ts";
import { testTasks } from "./contract/tasks.ts";
import { testTexts } from "./contract/texts.ts";
import { testTransact } from "./contract/transact.ts";

for (const engine of ENGINES) {
  testAggregate(engine);
  testClash(engine);
  testDurability(engine);
  testTasks(engine);
  testTexts(engine);
  testTransact(engine);
}
