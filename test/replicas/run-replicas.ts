import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openReceiver, type Receiver } from "../emulator/open-receiver.ts";
import { API_KEY } from "../process/server-process.ts";
import { Draw } from "../support/draw.ts";
import { expireLeases } from "../support/expire-leases.ts";
import { openRows } from "../support/open-rows.ts";
import { askCommands } from "./ask-commands.ts";
import { buyDuring } from "./buy-during.ts";
import { Desk } from "./desk.ts";
import { findFaults } from "./find-faults.ts";
import { type Fleet, openFleet, type Place } from "./fleet.ts";
import { Told } from "./told.ts";
import { IS_OPEN, untilQuiet } from "./until-quiet.ts";

export interface ReplicasOptions {
  readonly databaseUrl: string;
  /** The one host that is written to in the end, where `databaseUrl` names several. */
  readonly lastUrl?: string;
  readonly seed: number;
  readonly servers: number;
  readonly workers: number;
  /** Buyers at the same time. */
  readonly buyers: number;
  /** What happens while they buy; they stop once it is over. */
  readonly havoc: (world: World) => Promise<void>;
  /** Whether a refund that was marked and perhaps never sent is waited for: its minute. */
  readonly waitsForRefunds: boolean;
}

export interface World {
  readonly fleet: Fleet;
  readonly desk: Desk;
  readonly told: Told;
  readonly draw: Draw;
  /** Kills this one and starts another; what it had claimed is free at once. */
  kill(place: Place): Promise<void>;
}

export interface ReplicasReport {
  readonly kills: number;
  readonly requests: number;
  readonly unanswered: number;
  readonly orders: number;
  readonly payments: number;
  readonly applied: number;
  readonly refunds: number;
  /** Refunds that still wait their minute. */
  readonly left: number;
  readonly findings: readonly string[];
}

/** Load on servers and workers beside one another, while something happens to them; then, once nothing moves, all that does not hold. */
export async function runReplicas(options: ReplicasOptions): Promise<ReplicasReport> {
  const { databaseUrl, seed, lastUrl = databaseUrl } = options;
  await using emulator = await startEmulator({ seed });
  emulator.webhooks.auto = false;
  await using shop = await openReceiver();
  const env = settings(databaseUrl, { emulator, shop });
  await using fleet = await openFleet(env, options);
  const told = new Told();
  const draw = new Draw(seed);
  const desk = new Desk({ emulator, draw, fleet, told });
  let kills = 0;
  const world: World = {
    fleet,
    desk,
    told,
    draw,
    async kill(place) {
      kills += 1;
      await place.replace();
      await expireLeases(databaseUrl);
    },
  };
  await buyDuring(desk, { buyers: options.buyers, havoc: () => options.havoc(world) });
  await Promise.all(told.silent.map((orderId) => desk.look(orderId)));
  await Promise.all([...told.unheard].map((orderId) => desk.verify(orderId)));
  await using rows = await openRows(lastUrl);
  await expireLeases(lastUrl);
  await untilQuiet(rows, options);
  const payments = [...emulator.model.state.payments.values()];
  const findings = [
    ...fleet.fallen,
    ...(await findFaults({ rows, payments, told, events: shop.received })),
    ...(await askCommands(env)),
  ];
  const count = async (what: string) =>
    (await rows.all<{ n: number }>(`SELECT count(*) AS n FROM ${what}`))[0]?.n ?? 0;
  return {
    kills,
    requests: told.requests,
    unanswered: told.unanswered,
    orders: told.registered.size,
    payments: payments.length,
    applied: await count("payments WHERE verdict IN ('applied', 'reversed')"),
    refunds: await count("refunds"),
    left: await count(`refunds WHERE ${IS_OPEN}`),
    findings,
  };
}

function settings(databaseUrl: string, { emulator, shop }: { emulator: Emulator; shop: Receiver }) {
  return {
    DATABASE_URL: databaseUrl,
    DOJANG_DATA_KEY: Buffer.alloc(32, 5).toString("base64"),
    DOJANG_API_KEY: API_KEY,
    DOJANG_RATE_LIMIT: "off",
    DOJANG_EVENTS_URL: shop.url,
    DOJANG_EVENTS_SECRET: `whsec_${Buffer.alloc(32, 6).toString("base64")}`,
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
  };
}
