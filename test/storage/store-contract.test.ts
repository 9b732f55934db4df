import { ENGINES } from "../support/engines.ts";
import { testAggregate } from "./contract/aggregate.ts";
import { testClash } from "./contract/clash.ts";
import { testTransact } from "./contract/transact.ts";

for (const engine of ENGINES) {
  testTransact(engine);
  testAggregate(engine);
  testClash(engine);
}
