import type { Emulator } from "../../../src/emulator/emulator.ts";
import type { Receiver } from "../../emulator/open-receiver.ts";
import type { ManualClock } from "../../gateway/manual-clock.ts";
import type { TestDojang } from "../../support/dojang.ts";
import type { FlowOracle } from "./flow-oracle.ts";
import type { Buyer, Flow } from "./make-flow.ts";

/** The server that the flows share, its gateway, and the shop's endpoint. Time stands still until the test moves it. */
export interface FlowWorld {
  readonly clock: ManualClock;
  readonly emulator: Emulator;
  readonly dojang: TestDojang;
  readonly shop: Receiver;
}

/** One flow under way. */
export interface Run {
  readonly world: FlowWorld;
  readonly flow: Flow;
  readonly oracle: FlowOracle;
  /** The payment that each buyer's page holds now; before any window, an id that nobody has. */
  readonly held: Record<Buyer, string>;
  readonly story: string[];
  readonly faults: string[];
}

/** The shop's own number, so that a page can name an order before it is registered. */
export function orderIdOf({ seed }: Flow, buyer: Buyer): string {
  return `flow-${seed}-order-${buyer}`;
}
