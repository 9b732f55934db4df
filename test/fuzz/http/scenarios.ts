import { bodiesScenario } from "./bodies-scenario.ts";
import { chainScenario } from "./chain-scenario.ts";
import { idleScenario, listenersScenario, slowScenario } from "./crowd-scenarios.ts";
import { emulatorScenario } from "./emulator-scenario.ts";
import { framingScenario } from "./framing-scenario.ts";
import { routesScenario } from "./routes-scenario.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [
  routesScenario,
  framingScenario,
  chainScenario,
  bodiesScenario,
  listenersScenario,
  idleScenario,
  emulatorScenario,
  slowScenario,
];
