import fc from "fast-check";
import { DEVELOPMENT_API_KEY, EMULATOR_KEYS, readConfig } from "../../../src/config.ts";
import { ConfigError } from "../../../src/env.ts";
import { Choices } from "../engine/choices.ts";
import { expect } from "../engine/finding.ts";
import type { FuzzTarget } from "../engine/fuzz-target.ts";

/** Values worth trying, by setting; anything else is text of the input. A secret begins so that it is known wherever it turns up. */
const SECRET = "zq9SECRET";
const VALUES: Readonly<Record<string, readonly string[]>> = {
  DOJANG_MODE: ["sandbox", "live", "Live", " "],
  HOST: ["127.0.0.1", "0.0.0.0", "::1"],
  PORT: ["3000", "0", "65535", "65536", "-1", "3e3", "٣"],
  DOJANG_PRIVATE_PORT: ["3001", "3000", "0"],
  DOJANG_ALLOW_ONE_PORT: ["1", "0"],
  DATABASE_URL: ["sqlite:data/x.db", "sqlite::memory:", "postgres://u:p@h/d"],
  DOJANG_API_KEY: [
    `${SECRET}-key-0123456789abcdef`,
    `${SECRET}short`,
    DEVELOPMENT_API_KEY,
    `${SECRET} with blanks and more`,
    `${SECRET}-한글-0123456789abcdef`,
  ],
  DOJANG_DATA_KEY: [
    Buffer.from("0123456789abcdefghijklmnopqrstuv").toString("base64"),
    Buffer.alloc(32).toString("base64"),
    `${SECRET}!`,
    SECRET,
  ],
  IMP_KEY: [`${SECRET}imp`, EMULATOR_KEYS.impKey],
  IMP_SECRET: [`${SECRET}impsecret`, EMULATOR_KEYS.impSecret],
  IMP_API_URL: [
    "https://api.iamport.kr",
    "http://127.0.0.1:4000",
    "http://10.0.0.1",
    "https://u:zq9SECRET@x/",
    "ftp://x",
    "https://x/?q",
  ],
  DOJANG_ALLOW_LOOPBACK_GATEWAY: ["1"],
  NODE_TLS_REJECT_UNAUTHORIZED: ["0", "1"],
  DOJANG_PUBLIC_URL: [
    "https://pay.example.com/",
    "http://pay.example.com",
    "http://127.0.0.1",
    "https://x/#f",
  ],
  DOJANG_ALLOWED_ORIGINS: ["https://a.example,https://b.example/", "https://a.example/x", "null", "*"],
  DOJANG_ALLOWED_CHANNELS: ["any", "a:b,c:d", "a", "a:b:c", ":"],
  DOJANG_RATE_LIMIT: ["off", "0", "1", "900"],
  DOJANG_LOAD_LIMIT: ["off", "15", "16", "4096", "4097"],
  DOJANG_PAY_WITHIN: ["72h", "1s", "0s", "90d", "91d", "1.5h", "999999999999999999999d"],
  DOJANG_COMPLETE_BUDGET_MS: ["100", "99", "60000", "60001"],
  DOJANG_TRUSTED_PROXY_HOPS: ["0", "1", "11"],
  DOJANG_MERCHANT_UID_PREFIX: ["shop_", "", "한"],
  DOJANG_EVENTS_URL: ["https://shop.example/e", "http://127.0.0.1/e", "https://zq9SECRET@x/"],
  DOJANG_EVENTS_SECRET: [
    `whsec_${Buffer.from("0123456789abcdef01234567").toString("base64")}`,
    "whsec_AA==",
    `${SECRET}x`,
  ],
  DOJANG_ALLOW_LOCAL_EVENTS: ["1"],
  DOJANG_RETURN_MONEY: ["hold", "refund"],
  DOJANG_RETURN_AFTER: ["24h", "1m", "10m"],
  DOJANG_RETURN_DAILY_AMOUNT: ["KRW:1000", "KRW:1,KRW:2", "USD:0.01", "KRW:0", "KRW:1e3"],
  DOJANG_NOTICES: ["none", "issued", "issued,due_soon", "all"],
  DOJANG_SHOP_NAME: ["도장", "a\nb", "x".repeat(41)],
  IMP_SDK_ORIGINS: ["https://cdn.iamport.kr"],
  IMP_TIER: ["a1", "a b"],
};
const NAMES = Object.keys(VALUES) as [string, ...string[]];

/** `readConfig` of any settings: one line that names a setting and no secret, or a configuration that keeps every bound. */
export const settings: FuzzTarget = {
  name: "settings",
  sources: ["/src/config.ts", "/src/env.ts", "-config.ts"],
  seeds: [
    "",
    "\u0000\u0001",
    "\u0000\u0001\u0003\u0000\u0006\u0000\u0007\u0000\u0008\u0000\u0009\u0000\u000d\u0000",
  ],
  dictionary: [
    "\u0000\u0001\u0003\u0000\u0006\u0000\u0007\u0000\u0008\u0000\u0009\u0000\u000d\u0000",
    "\u00ff\u0003",
    "0x1",
    "https://",
  ],
  grammar: fc.array(fc.nat(127), { maxLength: 60 }).map((bytes) => String.fromCharCode(...bytes)),
  bytesMax: 200,
  show: (input) => JSON.stringify(environment(input)),
  run(input) {
    const env = environment(input);
    try {
      const config = readConfig(env);
      checkConfig(config, env);
      return `${config.mode} ${config.privatePort === undefined} ${config.events === undefined} ${config.returns === undefined} ${config.gateway === undefined}`;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { message } = error;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(!/[\u0000-\u001f\u007f]/.test(message), "readConfig() says more than one line", () => [
        env,
        message,
      ]);
      expect(!message.includes(SECRET), "readConfig() shows a secret", () => [env, message]);
      expect(/[A-Z]{3,}_?[A-Z]*/.test(message), "readConfig() names no setting", () => message);
      return message.slice(0, 32);
    }
  },
};

function environment(input: Buffer): Readonly<Record<string, string>> {
  const choices = new Choices(input);
  const env: Record<string, string> = {};
  while (!choices.isSpent) {
    const name = choices.pick(NAMES);
    const values = VALUES[name] ?? [];
    const at = choices.int(values.length + 1);
    env[name] = values[at] ?? choices.text(12);
  }
  return env;
}

function checkConfig(config: ReturnType<typeof readConfig>, env: Readonly<Record<string, string>>): void {
  const holds = (rule: string, isTrue: boolean) => expect(isTrue, `readConfig() accepts ${rule}`, () => env);
  const isPort = (port: number) => Number.isInteger(port) && port >= 0 && port <= 65_535;
  holds(
    "a port that is none",
    isPort(config.port) && isPort(config.privatePort ?? 0) && isPort(config.workerPort),
  );
  holds(
    "one port for both sides",
    config.privatePort === undefined || config.port === 0 || config.privatePort !== config.port,
  );
  holds("a time out of bounds", config.payWithinMs >= 1000 && config.payWithinMs <= 90 * 86_400_000);
  holds("a budget out of bounds", config.completeBudgetMs >= 100 && config.completeBudgetMs <= 60_000);
  holds("proxies out of bounds", config.trustedProxyHops >= 0 && config.trustedProxyHops <= 10);
  holds(
    "an origin that is none",
    config.allowedOrigins.every((origin) => new URL(origin).origin === origin),
  );
  holds(
    "a limit out of bounds",
    config.loadLimit === "off" || (config.loadLimit >= 16 && config.loadLimit <= 4096),
  );
  const { dailyAmounts, afterMs, dailyCount } = config.returns ?? {
    dailyAmounts: new Map(),
    afterMs: 1000,
    dailyCount: 1,
  };
  holds(
    "a return out of bounds",
    dailyCount >= 1 &&
      afterMs >= 1000 &&
      [...dailyAmounts.values()].every(({ amountMinor }) => amountMinor > 0),
  );
  for (const target of [config.events, config.confirmHook]) {
    if (target === undefined) continue;
    holds(
      "weak secrets of events",
      target.secrets.length >= 1 &&
        target.secrets.length <= 2 &&
        target.secrets.every(({ length }) => length >= 24),
    );
    holds(
      "an address of events with a password",
      new URL(target.url).password + new URL(target.url).username === "",
    );
    holds(
      "events in the clear",
      config.mode === "sandbox" || target.allowsLocal || target.url.startsWith("https:"),
    );
  }
  if (config.mode !== "live") return;
  holds("a live server without TLS checks", env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0");
  holds(
    "a live server with one port",
    config.privatePort !== undefined || env["DOJANG_ALLOW_ONE_PORT"] === "1",
  );
  holds(
    "a weak API key in live",
    config.apiKey.length >= 24 && config.apiKey !== DEVELOPMENT_API_KEY && !config.isApiKeyGenerated,
  );
  holds("a weak data key in live", config.dataKey?.length === 32 && new Set(config.dataKey).size >= 8);
  holds(
    "the emulator's keys in live",
    config.gateway !== undefined &&
      config.gateway.impKey !== EMULATOR_KEYS.impKey &&
      config.gateway.impSecret !== EMULATOR_KEYS.impSecret,
  );
  const gateway = new URL(config.gateway?.baseUrl ?? "http://x");
  const isLoopback = ["localhost", "[::1]"].includes(gateway.hostname) || gateway.hostname.startsWith("127.");
  holds(
    "live keys in the clear",
    gateway.protocol === "https:" || (isLoopback && env["DOJANG_ALLOW_LOOPBACK_GATEWAY"] === "1"),
  );
  holds(
    "money that goes back at once in live",
    config.returns === undefined || config.returns.afterMs >= 600_000,
  );
}
