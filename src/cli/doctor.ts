import { systemClock } from "../clock.ts";
import type { Config, GatewayConfig } from "../config.ts";
import { ConfigError } from "../env.ts";
import { reachEndpoint } from "../events/reach-endpoint.ts";
import { openLog } from "../log.ts";
import { openGateway } from "../main.ts";
import { peekDatabase } from "../storage/peek-database.ts";

/** `warn`: somebody should look, and the server works all the same. */
interface Finding {
  readonly mark: "ok" | "warn" | "FAIL";
  readonly about: string;
  readonly says: string;
}

const CLOCK_OFFSET_MS_MAX = 2 * 60 * 1000;
const DAY_MS = 86_400_000;
const FOUND_DAYS = 7;
/** What Dojang found by itself: nobody told it. */
const NETS = ["look", "sweep", "reconcile"];
/** Above this, webhooks and browsers do not come as they should. Below so many results, a share says nothing. */
const NETS_SHARE_MAX = 0.1;
const FOUND_MIN = 10;

/**
 * `dojang doctor`: one line for each thing that this installation needs, beside a running server or without one. Changes
 * nothing. No line holds a secret. Exit code 1 when a line says FAIL.
 */
export async function doctor(args: readonly string[], readSettings: () => Config): Promise<void> {
  if (args.length > 0) throw new ConfigError("dojang doctor takes no arguments");
  const config = settingsOf(readSettings);
  const findings =
    "mark" in config
      ? [config]
      : [
          settings(config),
          ...(await gatewayFindings(config)),
          await events(config),
          ...(await databaseFindings(config)),
        ];
  for (const { mark, about, says } of findings) {
    process.stdout.write(`${mark.padEnd(4)}  ${about.padEnd(13)}  ${says}\n`);
  }
  process.exitCode = findings.some(({ mark }) => mark === "FAIL") ? 1 : 0;
}

function settingsOf(readSettings: () => Config): Config | Finding {
  try {
    return readSettings();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { mark: "FAIL", about: "settings", says: error.message };
  }
}

function settings(config: Config): Finding {
  const { mode, host, port, privatePort, gateway, isApiKeyGenerated, dataKey, sms, logLevel } = config;
  const parts = [
    `mode ${mode}`,
    `${host}:${port}${privatePort === undefined ? "" : ` and ${privatePort}`}`,
    `gateway ${gateway === undefined ? "the emulator" : gateway.baseUrl}`,
    `IMP_KEY ${redacted(gateway?.impKey)}`,
    `IMP_SECRET ${redacted(gateway?.impSecret)}`,
    `DOJANG_API_KEY ${isApiKeyGenerated ? "the development key" : redacted(config.apiKey)}`,
    `DOJANG_DATA_KEY ${dataKey === undefined ? "beside the database" : redacted("set")}`,
    `sms ${sms.kind}`,
    `log ${logLevel}`,
  ];
  return { mark: "ok", about: "settings", says: parts.join(", ") };
}

/** An address may hold a token in its path: only where it leads is shown. A connection is opened, and nothing is sent. */
async function events({ events, recheck }: Config): Promise<Finding> {
  const about = "events";
  if (events === undefined)
    return { mark: "warn", about, says: "DOJANG_EVENTS_URL is not set: the shop is told of nothing" };
  const { origin } = new URL(events.url);
  const reached = await reachEndpoint(events);
  return reached.kind === "reached"
    ? { mark: "ok", about, says: `to ${origin}, reachable, recheck ${recheck}` }
    : { mark: "FAIL", about, says: `to ${origin}, not reachable (${reached.reason}), recheck ${recheck}` };
}

/** Whether it is there, and nothing of it. */
function redacted(secret: string | undefined): string {
  return secret === undefined ? "not set" : "***";
}

async function gatewayFindings(config: Config): Promise<readonly Finding[]> {
  if (config.gateway === undefined) {
    return [{ mark: "ok", about: "gateway keys", says: "the emulator's own, while the sandbox runs" }];
  }
  return askGateway(config, config.gateway);
}

async function askGateway(config: Config, settings: GatewayConfig): Promise<readonly Finding[]> {
  const log = openLog("silent");
  const gateway = openGateway(config, { gateway: settings, log, clock: systemClock });
  try {
    const result = await gateway.listChannels();
    const offsetMs = gateway.clockOffsetMs();
    if (result.kind !== "found") {
      const says = result.kind === "misconfigured" ? "refused" : "nobody knows: the gateway cannot be asked";
      return [{ mark: "FAIL", about: "gateway keys", says: `${says} (${result.reason})` }, clock(offsetMs)];
    }
    const live = result.channels.filter(({ sandbox }) => !sandbox).length;
    const isWithout = config.mode === "live" && live === 0 && config.allowedChannels === undefined;
    return [
      { mark: "ok", about: "gateway keys", says: "accepted" },
      {
        mark: isWithout ? "FAIL" : "ok",
        about: "channels",
        says: `${live} live, ${result.channels.length - live} test${isWithout ? ": every payment is refused" : ""}`,
      },
      clock(offsetMs),
    ];
  } finally {
    await gateway.close();
  }
}

function clock(offsetMs: number | undefined): Finding {
  if (offsetMs === undefined)
    return { mark: "warn", about: "clock", says: "not compared with the gateway's" };
  const seconds = Math.round(offsetMs / 1000);
  const isTrusted = Math.abs(offsetMs) <= CLOCK_OFFSET_MS_MAX;
  const says = `the gateway's is ${Math.abs(seconds)} s ${seconds < 0 ? "behind" : "ahead"}`;
  return isTrusted
    ? { mark: "ok", about: "clock", says }
    : { mark: "FAIL", about: "clock", says: `${says}: over 2 min nothing expires` };
}

async function databaseFindings({ database }: Config): Promise<readonly Finding[]> {
  const about = "database";
  try {
    const foundSince = systemClock.now() - FOUND_DAYS * DAY_MS;
    const peek = await peekDatabase(database, { foundSince });
    if (peek === undefined) return [{ mark: "ok", about, says: "none yet: the first start makes it" }];
    const { isDurable, state, lastHintAt, openDiscrepancies, deadTasks, foundBy } = peek;
    return [
      { mark: isDurable ? "ok" : "FAIL", about, says: state },
      { mark: "ok", about: "last webhook", says: age(lastHintAt) },
      found(foundBy, lastHintAt),
      {
        mark: openDiscrepancies === 0 ? "ok" : "warn",
        about: "discrepancies",
        says: `${openDiscrepancies} open`,
      },
      { mark: deadTasks === 0 ? "ok" : "warn", about: "tasks", says: `${deadTasks} given up` },
    ];
  } catch (error) {
    return [{ mark: "FAIL", about, says: error instanceof Error ? error.message : "cannot be read" }];
  }
}

/** How many results nobody told of: found they are, and later than they might be. */
function found(foundBy: Readonly<Record<string, number>>, lastHintAt: number | undefined): Finding {
  const about = "found late";
  const total = Object.values(foundBy).reduce((sum, count) => sum + count, 0);
  if (total === 0) return { mark: "ok", about, says: `no results in ${FOUND_DAYS} days` };
  const byNets = NETS.reduce((sum, name) => sum + (foundBy[name] ?? 0), 0);
  const share = byNets / total;
  const says = `${Math.round(share * 100)} % of ${total} results in ${FOUND_DAYS} days by looks and sweeps only`;
  if (total < FOUND_MIN || share <= NETS_SHARE_MAX) return { mark: "ok", about, says };
  return { mark: "warn", about, says: `${says}: do webhooks come? (the last one: ${age(lastHintAt)})` };
}

function age(at: number | undefined): string {
  if (at === undefined) return "none yet";
  const ms = Math.max(0, systemClock.now() - at);
  return ms >= DAY_MS ? `${Math.floor(ms / DAY_MS)} days ago` : `${Math.floor(ms / 1000)} s ago`;
}
