import type { World } from "../world.ts";
import { claim, notify, pay } from "./buyer.ts";
import { forge } from "./forger.ts";
import { operatorLooks, reconcile } from "./operator.ts";
import { askRefunds, clickAgain } from "./refunds.ts";
import { cancelSomeOrder, confirm, order, registerAgain, verifySome } from "./shop.ts";
import { trouble, weatherChanges } from "./trouble.ts";
import { upstream } from "./upstream.ts";

/** One thing that somebody does. What cannot be done now is passed over. */
type Step = (world: World) => void;

export const STEPS: Readonly<Record<string, Step>> = {
  order,
  pay,
  claim,
  notify,
  forge,
  confirm,
  verify: verifySome,
  cancelOrder: cancelSomeOrder,
  refund: askRefunds,
  clickAgain,
  registerAgain,
  upstream,
  operate: operatorLooks,
  reconcile,
  weather: weatherChanges,
  trouble,
};
