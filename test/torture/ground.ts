import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import type { Received } from "../emulator/open-receiver.ts";
import { API_KEY } from "../process/server-process.ts";
import { Desk } from "../replicas/desk.ts";
import { Told } from "../replicas/told.ts";
import { Draw } from "../support/draw.ts";
import { LIVE_MERCHANT } from "../support/forgery.ts";
import { openRelay, type Relay } from "../support/open-relay.ts";
import { type Base, openBase } from "./base.ts";
import type { EngineName } from "./labels.ts";
import { Place } from "./place.ts";

export interface Ground extends AsyncDisposable {
  readonly engine: EngineName;
  readonly base: Base;
  readonly emulator: Emulator;
  /** Between the servers and the gateway. */
  readonly gatewayWire: Relay;
  readonly shop: Shop;
  readonly places: readonly Place[];
  readonly told: Told;
  readonly desk: Desk;
  readonly draw: Draw;
  /** How far the time of all this is ahead of the machine's. */
  aheadMs: number;
  /** Orders that lived through a jump of a clock: their events may have overtaken each other. */
  readonly unordered: Set<string>;
  /** What the gateway's wire carries until it breaks, drawn for each connection; undefined: for ever. */
  bytesUntilCut: (() => number) | undefined;
  now(): number;
}

export interface GroundOptions {
  readonly engine: EngineName;
  readonly seed: number;
  /** One server and one worker alone. */
  readonly isSmall?: boolean;
}

/** One database, the gateway that outlives all servers, the shop, and where the servers will stand. None is started yet. */
export async function openGround({ engine, seed, isSmall = false }: GroundOptions): Promise<Ground> {
  const emulator = await startEmulator({ seed });
  emulator.webhooks.auto = false;
  emulator.model.addMerchant(LIVE_MERCHANT);
  const draw = new Draw(seed);
  const shop = await openShop(draw);
  const gatewayWire = await openRelay(emulator.url, { bytesUntilCut: () => ground.bytesUntilCut?.() });
  const base = await openBase(engine);
  const env = () => settings({ base, gatewayUrl: gatewayWire.url, shopUrl: shop.url });
  const roles = engine === "sqlite" ? ONE : isSmall ? SMALL : SEVERAL;
  const places = roles.map((role, index) => new Place({ name: `${role}${index}`, role, env }));
  const told = new Told();
  const servers = places.filter(({ role }) => role !== "worker");
  const payment = { sandbox: false, userCode: LIVE_MERCHANT.userCode };
  const desk = new Desk({ emulator, draw, fleet: { servers }, told, payment });
  const ground: Ground = {
    ...{ engine, base, emulator, gatewayWire, shop, places, told, desk, draw },
    aheadMs: 0,
    unordered: new Set(),
    bytesUntilCut: undefined,
    now: () => Date.now() + ground.aheadMs,
    async [Symbol.asyncDispose]() {
      await Promise.all(places.map((place) => place.close()));
      await base.end();
      await gatewayWire[Symbol.asyncDispose]();
      await emulator.close();
      await shop[Symbol.asyncDispose]();
    },
  };
  return ground;
}

const ONE = ["start"] as const;
const SMALL = ["serve", "worker"] as const;
/** `start` answers and runs tasks: two processes run tasks, and two answer. */
const SEVERAL = ["serve", "start", "worker"] as const;

/** As in production; loopback alone needs a word. */
function settings(of: { readonly base: Base; readonly gatewayUrl: string; readonly shopUrl: string }) {
  return {
    DATABASE_URL: of.base.serverUrl,
    DOJANG_MODE: "live",
    DOJANG_ALLOW_ONE_PORT: "1",
    DOJANG_ALLOW_LOOPBACK_GATEWAY: "1",
    DOJANG_ALLOW_LOCAL_EVENTS: "1",
    DOJANG_DATA_KEY: DATA_KEY.toString("base64"),
    DOJANG_API_KEY: API_KEY,
    DOJANG_RATE_LIMIT: "off",
    DOJANG_EVENTS_URL: of.shopUrl,
    DOJANG_EVENTS_SECRET: `whsec_${Buffer.alloc(32, 6).toString("base64")}`,
    IMP_API_URL: of.gatewayUrl,
    IMP_KEY: LIVE_MERCHANT.impKey,
    IMP_SECRET: LIVE_MERCHANT.impSecret,
  };
}

/** Every byte another one: a key of one byte alone is refused in live. */
export const DATA_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index + 65));

/** The shop's endpoint for events. */
export interface Shop extends AsyncDisposable {
  readonly url: string;
  /** What it answered 200: the shop knows it. */
  readonly taken: (Received & { readonly at: number })[];
  /** How often it refuses what it hears for the first time; the next time it takes it. */
  troubleShare: number;
}

async function openShop(draw: Draw): Promise<Shop> {
  const taken: (Received & { readonly at: number })[] = [];
  const refused = new Set<string>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return; // the sender was killed
    }
    const { headers } = request;
    const id = String(headers["webhook-id"]);
    if (!refused.has(id) && draw.chance(shop.troubleShare)) {
      refused.add(id);
      return void response.writeHead(503).end();
    }
    const body = Buffer.concat(chunks).toString();
    taken.push({ contentType: headers["content-type"] ?? "", headers, from: "", body, at: Date.now() });
    response.writeHead(200).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const shop: Shop = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    taken,
    troubleShare: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return shop;
}
