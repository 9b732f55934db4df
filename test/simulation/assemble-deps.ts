import { createChannelTable } from "../../src/gateway/channel-table.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import type { Log } from "../../src/log.ts";
import type { Store } from "../../src/storage/store.ts";
import type { Deps } from "../../src/usecases/deps.ts";
import { createEndpointHealth } from "../../src/usecases/endpoint-health.ts";
import { openHostProof } from "../../src/usecases/host-proof.ts";
import { openOrderIds } from "../../src/usecases/order-ids.ts";
import { createPasswords } from "../../src/usecases/passwords.ts";
import { openRefundIds } from "../../src/usecases/refund-ids.ts";
import { createReturnAllowance } from "../../src/usecases/return-allowance.ts";
import { createTextAllowance } from "../../src/usecases/text-allowance.ts";
import { DATA_KEY } from "./blank-database.ts";
import type { Life } from "./life.ts";
import type { World } from "./world.ts";

/** Orders of the shop's own making begin so. */
export const OWN_PREFIX = "shop-";
const RETURN_LIMITS = {
  dailyCount: 3,
  dailyAmounts: new Map([["KRW", { amountMinor: 200_000, currency: "KRW" }]] as const),
};

interface Parts {
  readonly life: Life;
  readonly store: Store;
  readonly gateway: Gateway;
  readonly log: Log;
}

/** As `main.ts` assembles them, from a setting of the simulation instead of the environment. */
export function assembleDeps(world: World, { life, store, gateway, log }: Parts): Deps {
  const { setting, sinks } = world;
  const { clock, draw } = life;
  const { returnAfterMs } = setting;
  const rules = {
    isSandbox: !setting.isLive,
    promotions: new Set<string>(["promo-allowed"]),
    ...(returnAfterMs === undefined ? {} : { returnAfterMs }),
  };
  const table = createChannelTable({ gateway, clock, log, rules });
  const isByTable = setting.hasChannelTable && setting.isLive;
  const randomBytes = (size: number) => Buffer.from(draw.bytes(size));
  const events = sinks.events(life);
  const returns =
    returnAfterMs === undefined ? {} : { mayReturn: createReturnAllowance({ store, clock }, RETURN_LIMITS) };
  return {
    store,
    gateway,
    clock,
    log,
    ...(setting.hasEvents ? { events } : {}),
    ...(setting.hasConfirmHook ? { confirmHook: sinks.confirmHook() } : {}),
    ...returns,
    recheck: setting.recheck,
    prepare: setting.prepare,
    notices: new Set(setting.hasTexts ? ["account_issued", "deposit_received", "deposit_due_soon"] : []),
    endpointHealth: createEndpointHealth({ store, clock, log }),
    mayText: createTextAllowance({ store, clock }),
    notifier: sinks.notifier(life),
    orderIds: openOrderIds({
      secret: DATA_KEY,
      now: () => clock.now(),
      randomBytes,
      claimedPrefix: OWN_PREFIX,
    }),
    refundIds: openRefundIds(DATA_KEY),
    passwords: createPasswords({ randomBytes }),
    hostProof: openHostProof(DATA_KEY),
    randomBytes,
    policyFor: isByTable ? table.policyFor : async () => ({ ...rules, channels: "any" }),
    completeBudgetMs: 4_000,
    payWithinMs: setting.payWithinMs,
  };
}
