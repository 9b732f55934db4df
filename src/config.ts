import {
  ConfigError,
  duration,
  type Env,
  isLoopback,
  list,
  oneOf,
  optional,
  origin,
  plainWebUrl,
  port,
  secret,
  shown,
  text,
  wholeNumber,
} from "./env.ts";
import { readEvents, type ShopConfig } from "./events-config.ts";
import { type PageConfig, readPageConfig } from "./page-config.ts";
import { type ReturnsConfig, readReturns } from "./return-config.ts";
import { readTexts, type TextsConfig } from "./texts-config.ts";

export type DatabaseConfig =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

export interface Config extends TextsConfig, ShopConfig, PageConfig {
  readonly mode: "sandbox" | "live";
  readonly host: string;
  readonly port: number;
  readonly privatePort?: number;
  /** Where a worker's health is asked. */
  readonly workerPort: number;
  readonly publicUrl?: string;
  readonly database: DatabaseConfig;
  /** To a PostgreSQL, of each process at most; one more asks for the time. */
  readonly databaseConnections: number;
  /** Absent in sandbox without settings: the emulator's are used. */
  readonly gateway?: GatewayConfig;
  /** The SDK user code and the channel that buyers pay through. */
  readonly userCode?: string;
  readonly channelKey?: string;
  readonly apiKey: string;
  readonly isApiKeyGenerated: boolean;
  /** 32 bytes; absent in sandbox: made and kept beside the database. */
  readonly dataKey?: Uint8Array;
  /** Absent: money that fits no order waits for an operator. */
  readonly returns?: ReturnsConfig;
  /** `provider:MID` each; absent: the gateway's own table in live, any in sandbox. */
  readonly allowedChannels?: ReadonlySet<string> | "any";
  readonly prepare: "required" | "best_effort" | "off";
  readonly promotions: ReadonlySet<string>;
  /** Requests a minute per address and route group; absent: the defaults. */
  readonly rateLimit?: number | "off";
  /** Requests under way at once while the process is busy. */
  readonly loadLimit: number | "off";
  readonly payWithinMs: number;
  readonly completeBudgetMs: number;
  readonly trustedProxyHops: number;
  readonly allowedOrigins: readonly string[];
  readonly merchantUidPrefix?: string;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
}

export interface GatewayConfig {
  readonly baseUrl: string;
  readonly impKey: string;
  readonly impSecret: string;
  readonly tier?: string;
}

/** Printed by the sandbox start, refused in live: everyone can read it here. */
export const DEVELOPMENT_API_KEY = "dojang-development-key-not-for-live";
/** The emulator's key and secret, as src/emulator/merchant.ts has them: the default in sandbox, refused in live. */
export const EMULATOR_KEYS = {
  impKey: "dojang-emulator-key",
  impSecret: "dojang-emulator-secret-not-for-live-use",
};
const SECRET_LENGTH_MIN = 24;
const DATA_KEY_BYTES = 32;
const GATEWAY_URL = "https://api.iamport.kr";

/** Reads every setting once. @throws {ConfigError} with the name of the first setting that is wrong */
export function readConfig(env: Env): Config {
  if (env["DOJANG_MODE"]?.trim() === "") {
    throw new ConfigError("Set DOJANG_MODE to sandbox or live, or leave it out: it is empty");
  }
  const mode = oneOf(env, "DOJANG_MODE", ["sandbox", "live"], "sandbox");
  const isLive = mode === "live";
  if (isLive && env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    throw new ConfigError(
      "Unset NODE_TLS_REJECT_UNAUTHORIZED: a live server must verify the gateway's certificate",
    );
  }
  const host = text(env, "HOST") ?? "127.0.0.1";
  const publicPort = port(env, "PORT") ?? 3000;
  const privatePort = readPrivatePort(env, publicPort);
  if (isLive && privatePort === undefined && env["DOJANG_ALLOW_ONE_PORT"] !== "1") {
    throw new ConfigError(
      "Set DOJANG_PRIVATE_PORT: in live, /v1 must not share the buyers' port (or set DOJANG_ALLOW_ONE_PORT=1)",
    );
  }
  const dataKey = readDataKey(env, isLive);
  const gateway = readGateway(env, isLive);
  const apiKey = readApiKey(env, isLive);
  return {
    mode,
    host,
    port: publicPort,
    workerPort: port(env, "DOJANG_WORKER_PORT") ?? 3010,
    database: readDatabase(text(env, "DATABASE_URL") ?? "sqlite:data/dojang.db"),
    databaseConnections: wholeNumber(env, "DOJANG_DATABASE_CONNECTIONS", { min: 2, max: 500 }) ?? 20,
    apiKey: apiKey ?? DEVELOPMENT_API_KEY,
    isApiKeyGenerated: apiKey === undefined,
    ...readTexts(env),
    ...readEvents(env, isLive),
    prepare: oneOf(env, "DOJANG_PREPARE", ["required", "best_effort", "off"], "best_effort"),
    ...readReturns(env, isLive),
    promotions: new Set(list(env, "DOJANG_PROMOTIONS")),
    payWithinMs: duration(env, "DOJANG_PAY_WITHIN", 72 * 3_600_000),
    completeBudgetMs: wholeNumber(env, "DOJANG_COMPLETE_BUDGET_MS", { min: 100, max: 60_000 }) ?? 3000,
    trustedProxyHops: wholeNumber(env, "DOJANG_TRUSTED_PROXY_HOPS", { min: 0, max: 10 }) ?? 0,
    allowedOrigins: list(env, "DOJANG_ALLOWED_ORIGINS").map((entry) =>
      origin(entry, "DOJANG_ALLOWED_ORIGINS"),
    ),
    ...readPageConfig(env),
    logLevel: oneOf(env, "DOJANG_LOG_LEVEL", ["debug", "info", "warn", "error", "silent"], "info"),
    ...optional("privatePort", privatePort),
    ...optional("publicUrl", readPublicUrl(env, { isLive, host })),
    ...optional("gateway", gateway),
    ...optional("userCode", text(env, "IMP_CODE")),
    ...optional("channelKey", text(env, "IMP_CHANNEL_KEY")),
    ...optional("dataKey", dataKey),
    ...optional("allowedChannels", readChannels(env)),
    ...optional("rateLimit", readRateLimit(env)),
    loadLimit: readLoadLimit(env),
    ...optional("merchantUidPrefix", readPrefix(env)),
  };
}

function readPrivatePort(env: Env, publicPort: number): number | undefined {
  const privatePort = port(env, "DOJANG_PRIVATE_PORT");
  if (privatePort === publicPort && publicPort !== 0)
    throw new ConfigError(`Set DOJANG_PRIVATE_PORT to another port than PORT: both are ${publicPort}`);
  return privatePort;
}

function readGateway(env: Env, isLive: boolean): GatewayConfig | undefined {
  const url = text(env, "IMP_API_URL");
  const isEmulator = !isLive && url !== undefined;
  const impKey = secret(env, "IMP_KEY") ?? (isEmulator ? EMULATOR_KEYS.impKey : undefined);
  const impSecret = secret(env, "IMP_SECRET") ?? (isEmulator ? EMULATOR_KEYS.impSecret : undefined);
  if (!isLive && impKey === undefined && impSecret === undefined) return undefined;
  if (impKey === undefined) {
    throw new ConfigError("Set IMP_KEY (or IMP_KEY_FILE) to the REST API key of your i'mport account");
  }
  if (impSecret === undefined) {
    throw new ConfigError(
      "Set IMP_SECRET (or IMP_SECRET_FILE) to the REST API secret of your i'mport account",
    );
  }
  if (isLive && (impKey === EMULATOR_KEYS.impKey || impSecret === EMULATOR_KEYS.impSecret)) {
    throw new ConfigError(
      "Set IMP_KEY and IMP_SECRET to your i'mport account's: the emulator's do not count in live",
    );
  }
  const baseUrl = readGatewayUrl(env, url ?? GATEWAY_URL, isLive);
  const tier = text(env, "IMP_TIER");
  if (tier !== undefined && !/^[A-Za-z0-9_-]+$/.test(tier))
    throw new ConfigError("Set IMP_TIER to the sub-merchant's code: letters, digits, _ and - only");
  return { baseUrl, impKey, impSecret, ...optional("tier", tier) };
}

function readGatewayUrl(env: Env, url: string, isLive: boolean): string {
  const parsed = plainWebUrl(url);
  if (parsed === undefined) {
    throw new ConfigError(`Set IMP_API_URL to an https address without a query, for example ${GATEWAY_URL}`);
  }
  if (isLive && parsed.protocol === "http:") {
    if (!isLoopback(parsed.hostname))
      throw new ConfigError("Set IMP_API_URL to an https address: live keys never travel in the clear");
    if (env["DOJANG_ALLOW_LOOPBACK_GATEWAY"] !== "1") {
      throw new ConfigError(
        "Set DOJANG_ALLOW_LOOPBACK_GATEWAY=1 to use a gateway on loopback in live, or IMP_API_URL to an https address",
      );
    }
  }
  return parsed.href.replace(/(?<!\/)\/+$/, "");
}

function readApiKey(env: Env, isLive: boolean): string | undefined {
  const key = secret(env, "DOJANG_API_KEY");
  // It travels in a header: any other character could never match.
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new ConfigError("Set DOJANG_API_KEY to visible ASCII characters without spaces");
  if (!isLive) return key;
  if (key === undefined)
    throw new ConfigError(
      "Set DOJANG_API_KEY (or DOJANG_API_KEY_FILE) to a random text of at least 24 characters",
    );
  if (key.length < SECRET_LENGTH_MIN)
    throw new ConfigError(
      `Set DOJANG_API_KEY to at least ${SECRET_LENGTH_MIN} characters: it has ${key.length}`,
    );
  if (key === DEVELOPMENT_API_KEY)
    throw new ConfigError("Set DOJANG_API_KEY to a key of your own: this one is printed in the repository");
  return key;
}

function readDataKey(env: Env, isLive: boolean): Uint8Array | undefined {
  const key = secret(env, "DOJANG_DATA_KEY");
  if (key === undefined) {
    if (isLive)
      throw new ConfigError(
        "Set DOJANG_DATA_KEY (or DOJANG_DATA_KEY_FILE) to 32 random bytes in base64: openssl rand -base64 32",
      );
    return undefined;
  }
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(key))
    throw new ConfigError("Set DOJANG_DATA_KEY to 32 bytes in base64: openssl rand -base64 32");
  const bytes = Buffer.from(key, "base64");
  if (bytes.length !== DATA_KEY_BYTES)
    throw new ConfigError(`Set DOJANG_DATA_KEY to 32 bytes in base64: it holds ${bytes.length}`);
  if (isLive && new Set(bytes).size < 8)
    throw new ConfigError("Set DOJANG_DATA_KEY to random bytes: openssl rand -base64 32");
  return bytes;
}

/** @throws {ConfigError} */
export function readDatabase(url: string): DatabaseConfig {
  // `:memory:` would forget every payment with the process.
  if (/^sqlite:[^:]/.test(url)) return { kind: "sqlite", path: url.slice("sqlite:".length) };
  if (/^postgres(ql)?:\/\//.test(url)) return { kind: "postgres", url };
  throw new ConfigError("Set DATABASE_URL to sqlite:<path> or postgres://...");
}

function readPublicUrl(env: Env, { isLive, host }: { isLive: boolean; host: string }): string | undefined {
  const url = text(env, "DOJANG_PUBLIC_URL");
  if (url === undefined) {
    if (!isLive || isLoopback(host)) return undefined;
    throw new ConfigError("Set DOJANG_PUBLIC_URL to the https address where buyers reach this server");
  }
  const parsed = plainWebUrl(url);
  if (parsed === undefined) {
    throw new ConfigError(
      "Set DOJANG_PUBLIC_URL to the address where buyers reach this server, for example https://pay.example.com",
    );
  }
  if (isLive && parsed.protocol !== "https:" && !isLoopback(parsed.hostname)) {
    throw new ConfigError("Set DOJANG_PUBLIC_URL to an https address: buyers must not pay over plain http");
  }
  return parsed.href.replace(/(?<!\/)\/+$/, "");
}

function readChannels(env: Env): ReadonlySet<string> | "any" | undefined {
  if (text(env, "DOJANG_ALLOWED_CHANNELS") === "any") return "any";
  const channels = list(env, "DOJANG_ALLOWED_CHANNELS");
  for (const channel of channels) {
    if (!/^[^:\s]+:[^:\s]+$/.test(channel))
      throw new ConfigError(`Set DOJANG_ALLOWED_CHANNELS to provider:MID,... or any: saw ${shown(channel)}`);
  }
  return channels.length === 0 ? undefined : new Set(channels);
}

function readRateLimit(env: Env): number | "off" | undefined {
  if (text(env, "DOJANG_RATE_LIMIT") === "off") return "off";
  return wholeNumber(env, "DOJANG_RATE_LIMIT", { min: 1, max: 1_000_000_000 });
}

function readLoadLimit(env: Env): number | "off" {
  if (text(env, "DOJANG_LOAD_LIMIT") === "off") return "off";
  return wholeNumber(env, "DOJANG_LOAD_LIMIT", { min: 16, max: 4096 }) ?? 256;
}

function readPrefix(env: Env): string | undefined {
  const prefix = text(env, "DOJANG_MERCHANT_UID_PREFIX");
  if (prefix !== undefined && !/^[A-Za-z0-9_-]{1,39}$/.test(prefix)) {
    throw new ConfigError("Set DOJANG_MERCHANT_UID_PREFIX to 1 to 39 of A-Z a-z 0-9 _ -");
  }
  return prefix;
}
