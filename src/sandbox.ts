import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { CONFIRM_PATH, EVENTS_PATH, startShop } from "../examples/shop/server.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Config, EMULATOR_KEYS, type GatewayConfig } from "./config.ts";
import { type Emulator, startEmulator } from "./emulator/emulator.ts";
import type { ConfirmHook } from "./events/confirm-hook.ts";
import type { EventEndpoint } from "./events/event-endpoint.ts";
import { openConfirmHook } from "./events/open-confirm-hook.ts";
import { openEventEndpoint } from "./events/open-event-endpoint.ts";
import type { Log } from "./log.ts";
import { type Dojang, startDojang } from "./main.ts";
import { addOperator, changePassword, resetPassword } from "./usecases/operators.ts";

export interface Sandbox {
  readonly dojang: Dojang;
  readonly shopUrl: string;
  /** Opens the console, as an admin. The password is new with each start. */
  readonly operator: { readonly name: string; readonly password: string };
  /** Absent when the settings name another gateway. */
  readonly emulatorUrl?: string;
  close(): Promise<void>;
}

/** Beside the database: an account issued before a restart can still be deposited to after it. */
const EMULATOR_STATE_FILE = "emulator.json";
const PORT_MAX = 65_535;
const SANDBOX_OPERATOR = "sandbox";

/**
 * Starts the server with all that a newcomer needs around it: the emulator, unless the settings name a gateway, and the
 * example shop. The second entry: nothing here is part of a live server.
 */
export async function startSandbox(config: Config, outside: Outside): Promise<Sandbox> {
  if (config.mode !== "sandbox") throw new Error("Invariant violated: the sandbox never runs in live");
  const { clock = systemClock } = outside;
  const given = outside.clock === undefined ? {} : { clock: outside.clock };
  const stateFile = join(folderOf(config), EMULATOR_STATE_FILE);
  const emulator =
    config.gateway === undefined
      ? await startBeside(config, 1, (port) =>
          startEmulator({ host: config.host, port, stateFile, now: () => clock.now() }),
        )
      : undefined;
  try {
    return await startAround(config, { log: outside.log, onFatal: outside.onFatal, ...given, emulator });
  } catch (error) {
    await emulator?.close();
    throw error;
  }
}

interface Outside {
  readonly log: Log;
  readonly onFatal: (error: Error) => void;
  /** The machine's when left out; a test brings its own. */
  readonly clock?: Clock;
}

interface Around extends Outside {
  readonly emulator: Emulator | undefined;
}

/** The server before its gateway, and the shop before the server. */
async function startAround(config: Config, { emulator, log, onFatal, ...given }: Around): Promise<Sandbox> {
  const gateway: GatewayConfig = config.gateway ?? { baseUrl: emulator?.url ?? "", ...EMULATOR_KEYS };
  const origins: string[] = [];
  const shopEvents = openShopEvents(given.clock ?? systemClock);
  // Who names an address for events has a shop of their own: then that one is told, and its stock is asked.
  const isShopTold = config.events === undefined;
  const dojang = await startDojang(config, {
    gateway,
    log,
    onFatal,
    ...given,
    moreOrigins: () => origins,
    ...(isShopTold ? { events: shopEvents.endpoint } : {}),
    ...(isShopTold && config.confirmHook === undefined ? { confirmHook: shopEvents.confirmHook } : {}),
  });
  if (emulator !== undefined) emulator.webhooks.url = `${dojang.url}/webhooks/iamport`;
  const undo = async (error: unknown) => {
    await dojang.close();
    throw error;
  };
  const operator = await admitOperator(dojang.deps).catch(undo);
  const shop = await startBeside(config, 2, (port) =>
    startShop({
      host: config.host,
      port,
      dojang: { url: dojang.privateUrl, apiKey: config.apiKey },
      eventsSecret: shopEvents.secret,
      staffUrl: `${dojang.privateUrl}/console`,
    }),
  ).catch(undo);
  origins.push(new URL(shop.url).origin);
  shopEvents.open(shop.url);
  return {
    dojang,
    shopUrl: shop.url,
    operator,
    ...(emulator === undefined ? {} : { emulatorUrl: emulator.url }),
    async close() {
      await shop.close();
      await dojang.close();
      await emulator?.close();
    },
  };
}

/** Lets a newcomer into the console without a command: never in live. */
async function admitOperator(deps: Dojang["deps"]): Promise<Sandbox["operator"]> {
  const asked = { name: SANDBOX_OPERATOR, actor: "host" };
  const added = await addOperator(deps, { ...asked, role: "admin" });
  const first = added.kind === "added" ? added.password : await resetPassword(deps, asked);
  if (first === undefined) throw new Error("Invariant violated: the sandbox's operator is there");
  const password = randomBytes(12).toString("hex");
  await changePassword(deps, { operator: asked, current: first, next: password, session: new Uint8Array(0) });
  return { name: asked.name, password };
}

/** The example shop's endpoint for events, under a new secret. The shop starts after the server, so its address comes later. */
function openShopEvents(clock: Clock) {
  const key = randomBytes(32);
  let shop: EventEndpoint | undefined;
  let stock: ConfirmHook | undefined;
  const close = async () => shop?.close();
  const closeHook = async () => stock?.close();
  const endpoint: EventEndpoint = {
    isBusy: () => shop?.isBusy() ?? true,
    send: async (event) => (shop === undefined ? { kind: "busy" } : shop.send(event)),
    close,
    [Symbol.asyncDispose]: close,
  };
  return {
    endpoint,
    confirmHook: {
      ask: async (question) => stock?.ask(question) ?? { kind: "no_answer", reason: "not_started" },
      close: closeHook,
      [Symbol.asyncDispose]: closeHook,
    } as ConfirmHook,
    secret: `whsec_${key.toString("base64")}`,
    open(shopUrl: string) {
      const target = { secrets: [key], allowsLocal: true, clock };
      shop = openEventEndpoint({ ...target, url: shopUrl + EVENTS_PATH });
      stock = openConfirmHook({ ...target, url: shopUrl + CONFIRM_PATH });
    },
  };
}

/** On the port after Dojang's where that is free, else on any: a second sandbox must not stop the first. */
async function startBeside<Started>(
  { port }: Config,
  offset: number,
  start: (port: number) => Promise<Started>,
): Promise<Started> {
  try {
    return await start(port === 0 || port + offset > PORT_MAX ? 0 : port + offset);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return start(0);
  }
}

function folderOf({ database }: Config): string {
  return database.kind === "sqlite" ? dirname(database.path) : "data";
}
