import type { Config } from "../../src/config.ts";
import type { Env } from "../../src/env.ts";
import { RETURN_SETTINGS } from "./return-settings.ts";

/** What one setting must do. */
export interface Setting {
  readonly name: string;
  readonly read: (config: Config) => unknown;
  readonly byDefault: unknown;
  readonly good: readonly (readonly [value: string, read: unknown])[];
  readonly bad: readonly (readonly [value: string, line: string])[];
  /** Whether an empty text is a value of its own, and refused: nobody may run a sandbox by a template left blank. */
  readonly isEmptyRefused?: boolean;
  /** What else must be set for the setting to count. */
  readonly beside?: Env;
}

const HOUR_MS = 3_600_000;
const portLine = (name: string, seen: string) => `Set ${name} to a whole number from 0 to 65535: saw ${seen}`;
const timeLine = (seen: string) =>
  `Set DOJANG_PAY_WITHIN to a time such as 30m or 72h, 1s to 90d: saw ${seen}`;
const originLine = (seen: string) =>
  `Set DOJANG_ALLOWED_ORIGINS to origins such as https://shop.example.com: saw ${seen}`;
const sdkOriginLine = (seen: string) =>
  `Set IMP_SDK_ORIGINS to origins such as https://shop.example.com: saw ${seen}`;
const channelLine = (seen: string) => `Set DOJANG_ALLOWED_CHANNELS to provider:MID,... or any: saw ${seen}`;
const PUBLIC_URL_LINE =
  "Set DOJANG_PUBLIC_URL to the address where buyers reach this server, for example https://pay.example.com";
const GATEWAY_LINE =
  "Set IMP_API_URL to an https address without a query, for example https://api.iamport.kr";
const KEYS = { IMP_KEY: "key", IMP_SECRET: "secret" };

/** Every setting of docs/operations.md but the secrets' files and the rules of live. */
export const SETTINGS: readonly Setting[] = [
  {
    name: "DOJANG_MODE",
    read: ({ mode }) => mode,
    byDefault: "sandbox",
    isEmptyRefused: true,
    good: [["sandbox", "sandbox"]],
    bad: [
      ["", "Set DOJANG_MODE to sandbox or live, or leave it out: it is empty"],
      ["LIVE", "Set DOJANG_MODE to sandbox or live: saw LIVE"],
      ["production", "Set DOJANG_MODE to sandbox or live: saw production"],
    ],
  },
  {
    name: "HOST",
    read: ({ host }) => host,
    byDefault: "127.0.0.1",
    good: [["0.0.0.0", "0.0.0.0"]],
    bad: [],
  },
  {
    name: "PORT",
    read: ({ port }) => port,
    byDefault: 3000,
    good: [
      ["0", 0],
      ["65535", 65_535],
      [" 8080 ", 8080],
    ],
    bad: ["65536", "-1", "http", "3000.0", "0x50"].map((value) => [value, portLine("PORT", value)] as const),
  },
  {
    name: "DOJANG_PRIVATE_PORT",
    read: ({ privatePort }) => privatePort,
    byDefault: undefined,
    good: [["3001", 3001]],
    bad: [
      ["70000", portLine("DOJANG_PRIVATE_PORT", "70000")],
      ["3000", "Set DOJANG_PRIVATE_PORT to another port than PORT: both are 3000"],
    ],
  },
  {
    name: "DATABASE_URL",
    read: ({ database }) => database,
    byDefault: { kind: "sqlite", path: "data/dojang.db" },
    good: [
      ["sqlite:/var/lib/dojang.db", { kind: "sqlite", path: "/var/lib/dojang.db" }],
      ["postgres://db/dojang", { kind: "postgres", url: "postgres://db/dojang" }],
    ],
    bad: ["sqlite:", "mysql://db", "data/dojang.db", "sqlite::memory:"].map(
      (value) => [value, "Set DATABASE_URL to sqlite:<path> or postgres://..."] as const,
    ),
  },
  {
    name: "IMP_API_URL",
    read: ({ gateway }) => gateway?.baseUrl,
    byDefault: "https://api.iamport.kr",
    beside: KEYS,
    good: [
      ["https://gateway.example.com/", "https://gateway.example.com"],
      ["http://127.0.0.1:4000/v1/", "http://127.0.0.1:4000/v1"],
    ],
    bad: [
      "api.iamport.kr",
      "ftp://api.iamport.kr",
      "https://api.iamport.kr?x=1",
      "https://api.iamport.kr#x",
      "https://user@api.iamport.kr",
      "https://:pw@api.iamport.kr",
    ].map((value) => [value, GATEWAY_LINE] as const),
  },
  {
    name: "IMP_TIER",
    read: ({ gateway }) => gateway?.tier,
    byDefault: undefined,
    beside: KEYS,
    good: [["AAA", "AAA"]],
    bad: [
      ["A\nB", "Set IMP_TIER to the sub-merchant's code: letters, digits, _ and - only"],
      ["가", "Set IMP_TIER to the sub-merchant's code: letters, digits, _ and - only"],
    ],
  },
  {
    name: "IMP_CODE",
    read: ({ userCode }) => userCode,
    byDefault: undefined,
    good: [["imp12345678", "imp12345678"]],
    bad: [],
  },
  {
    name: "IMP_CHANNEL_KEY",
    read: ({ channelKey }) => channelKey,
    byDefault: undefined,
    good: [["channel-key-1", "channel-key-1"]],
    bad: [],
  },
  {
    name: "IMP_SDK_ORIGINS",
    read: ({ sdkOrigins }) => sdkOrigins,
    byDefault: [],
    good: [
      [
        "https://pg.example.com, https://pay.example.net",
        ["https://pg.example.com", "https://pay.example.net"],
      ],
    ],
    bad: [
      ["https://pg.example.com/x", sdkOriginLine("https://pg.example.com/x")],
      ["'unsafe-inline'", sdkOriginLine("'unsafe-inline'")],
    ],
  },
  {
    name: "DOJANG_SHOP_NAME",
    read: ({ shopSign }) => shopSign.name,
    byDefault: undefined,
    good: [["문방사우", "문방사우"]],
    bad: [
      ["가".repeat(41), "Set DOJANG_SHOP_NAME to one line of at most 40 characters"],
      ["문방\n사우", "Set DOJANG_SHOP_NAME to one line of at most 40 characters"],
    ],
  },
  {
    name: "DOJANG_SHOP_CONTACT",
    read: ({ shopSign }) => shopSign.contact,
    byDefault: undefined,
    good: [["02-1234-5678", "02-1234-5678"]],
    bad: [["0".repeat(81), "Set DOJANG_SHOP_CONTACT to one line of at most 80 characters"]],
  },
  {
    name: "DOJANG_API_KEY",
    read: ({ apiKey }) => apiKey,
    byDefault: "dojang-development-key-not-for-live",
    good: [["a-key-of-my-own", "a-key-of-my-own"]],
    bad: [
      ["two words", "Set DOJANG_API_KEY to visible ASCII characters without spaces"],
      ["비밀", "Set DOJANG_API_KEY to visible ASCII characters without spaces"],
    ],
  },
  {
    name: "DOJANG_DATA_KEY",
    read: ({ dataKey }) => dataKey?.length,
    byDefault: undefined,
    good: [[Buffer.alloc(32, 7).toString("base64"), 32]],
    bad: [
      [Buffer.alloc(16, 7).toString("base64"), "Set DOJANG_DATA_KEY to 32 bytes in base64: it holds 16"],
      ["correct horse battery staple", "Set DOJANG_DATA_KEY to 32 bytes in base64: openssl rand -base64 32"],
      [
        `${"A".repeat(21)}!${"A".repeat(22)}=`,
        "Set DOJANG_DATA_KEY to 32 bytes in base64: openssl rand -base64 32",
      ],
    ],
  },
  {
    name: "DOJANG_SMS",
    read: ({ sms }) => sms.kind,
    byDefault: "console",
    beside: { SOLAPI_API_KEY: "key", SOLAPI_API_SECRET: "secret", SOLAPI_FROM: "0212345678" },
    good: [["solapi", "solapi"]],
    bad: [["twilio", "Set DOJANG_SMS to console or solapi: saw twilio"]],
  },
  {
    name: "DOJANG_ALLOWED_CHANNELS",
    read: ({ allowedChannels }) => (allowedChannels instanceof Set ? [...allowedChannels] : allowedChannels),
    byDefault: undefined,
    good: [
      ["any", "any"],
      ["html5_inicis:MID1, kakaopay:CA1", ["html5_inicis:MID1", "kakaopay:CA1"]],
    ],
    bad: ["html5_inicis", "a:b:c", "a:b,any"].map(
      (value) => [value, channelLine(value.split(",").at(-1) ?? "")] as const,
    ),
  },
  {
    name: "DOJANG_PROMOTIONS",
    read: ({ promotions }) => [...promotions],
    byDefault: [],
    good: [["p1, p2,", ["p1", "p2"]]],
    bad: [],
  },
  {
    name: "DOJANG_RATE_LIMIT",
    read: ({ rateLimit }) => rateLimit,
    byDefault: undefined,
    good: [
      ["off", "off"],
      ["600", 600],
    ],
    bad: ["0", "-5", "none", "1e3"].map(
      (value) =>
        [value, `Set DOJANG_RATE_LIMIT to a whole number from 1 to 1000000000: saw ${value}`] as const,
    ),
  },
  {
    name: "DOJANG_LOAD_LIMIT",
    read: ({ loadLimit }) => loadLimit,
    byDefault: 256,
    good: [
      ["off", "off"],
      ["64", 64],
    ],
    bad: ["0", "15", "5000", "none"].map(
      (value) => [value, `Set DOJANG_LOAD_LIMIT to a whole number from 16 to 4096: saw ${value}`] as const,
    ),
  },
  {
    name: "DOJANG_PUBLIC_URL",
    read: ({ publicUrl }) => publicUrl,
    byDefault: undefined,
    good: [
      ["https://pay.example.com/", "https://pay.example.com"],
      ["https://example.com/pay/", "https://example.com/pay"],
    ],
    bad: [
      "pay.example.com",
      "ftp://pay.example.com",
      "https://pay.example.com?x=1",
      "https://pay.example.com#x",
      "https://u:p@pay.example.com",
    ].map((value) => [value, PUBLIC_URL_LINE] as const),
  },
  {
    name: "DOJANG_PAY_WITHIN",
    read: ({ payWithinMs }) => payWithinMs,
    byDefault: 72 * HOUR_MS,
    good: [
      ["30m", HOUR_MS / 2],
      ["90d", 90 * 24 * HOUR_MS],
      ["1000ms", 1000],
    ],
    bad: ["72", "91d", "0s", "-1h", "1.5h", "999ms", "1 h"].map((value) => [value, timeLine(value)] as const),
  },
  {
    name: "DOJANG_DATABASE_CONNECTIONS",
    read: ({ databaseConnections }) => databaseConnections,
    byDefault: 20,
    good: [["500", 500]],
    bad: [["1", "Set DOJANG_DATABASE_CONNECTIONS to a whole number from 2 to 500: saw 1"]],
  },
  {
    name: "DOJANG_COMPLETE_BUDGET_MS",
    read: ({ completeBudgetMs }) => completeBudgetMs,
    byDefault: 3000,
    good: [
      ["100", 100],
      ["60000", 60_000],
    ],
    bad: ["99", "60001", "3s"].map(
      (value) =>
        [value, `Set DOJANG_COMPLETE_BUDGET_MS to a whole number from 100 to 60000: saw ${value}`] as const,
    ),
  },
  {
    name: "DOJANG_TRUSTED_PROXY_HOPS",
    read: ({ trustedProxyHops }) => trustedProxyHops,
    byDefault: 0,
    good: [["2", 2]],
    bad: ["true", "11", "-1"].map(
      (value) =>
        [value, `Set DOJANG_TRUSTED_PROXY_HOPS to a whole number from 0 to 10: saw ${value}`] as const,
    ),
  },
  {
    name: "DOJANG_ALLOWED_ORIGINS",
    read: ({ allowedOrigins }) => allowedOrigins,
    byDefault: [],
    good: [
      [
        "https://shop.example.com, https://m.example.com:8443/",
        ["https://shop.example.com", "https://m.example.com:8443"],
      ],
    ],
    bad: ["*", "shop.example.com", "https://shop.example.com/path", "null", "file:///x"].map(
      (value) => [value, originLine(value)] as const,
    ),
  },
  {
    name: "DOJANG_MERCHANT_UID_PREFIX",
    read: ({ merchantUidPrefix }) => merchantUidPrefix,
    byDefault: undefined,
    good: [["shop1_", "shop1_"]],
    bad: ["한", "a b", "x".repeat(40)].map(
      (value) => [value, "Set DOJANG_MERCHANT_UID_PREFIX to 1 to 39 of A-Z a-z 0-9 _ -"] as const,
    ),
  },
  {
    name: "DOJANG_NOTICES",
    read: ({ notices }) => [...notices],
    byDefault: ["account_issued", "deposit_received", "deposit_due_soon"],
    good: [
      ["issued", ["account_issued"]],
      ["due_soon, issued", ["deposit_due_soon", "account_issued"]],
      ["none", []],
    ],
    bad: [
      ["issued,paid", "Set DOJANG_NOTICES to none, or to some of issued,deposited,due_soon"],
      ["none,issued", "Set DOJANG_NOTICES to none, or to some of issued,deposited,due_soon"],
    ],
  },
  ...RETURN_SETTINGS,
  {
    name: "DOJANG_PREPARE",
    read: ({ prepare }) => prepare,
    byDefault: "best_effort",
    good: [
      ["required", "required"],
      ["off", "off"],
    ],
    bad: [["on", "Set DOJANG_PREPARE to required or best_effort or off: saw on"]],
  },
  {
    name: "DOJANG_LOG_LEVEL",
    read: ({ logLevel }) => logLevel,
    byDefault: "info",
    good: [["silent", "silent"]],
    bad: [["trace", "Set DOJANG_LOG_LEVEL to debug or info or warn or error or silent: saw trace"]],
  },
];
