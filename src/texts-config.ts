import { ConfigError, type Env, list, oneOf, optional, secret, text } from "./env.ts";

type Notice = "account_issued" | "deposit_received" | "deposit_due_soon";

export type SmsConfig =
  | { readonly kind: "console" }
  | {
      readonly kind: "solapi";
      readonly apiKey: string;
      readonly apiSecret: string;
      readonly from: string;
      readonly baseUrl?: string;
    };

export interface TextsConfig {
  readonly sms: SmsConfig;
  /** What buyers are texted about their virtual account. */
  readonly notices: ReadonlySet<Notice>;
}

/** How buyers are texted, and about what. @throws {ConfigError} */
export function readTexts(env: Env): TextsConfig {
  return { sms: readSms(env), notices: readNotices(env) };
}

function readSms(env: Env): SmsConfig {
  if (oneOf(env, "DOJANG_SMS", ["console", "solapi"], "console") === "console") return { kind: "console" };
  const apiKey = secret(env, "SOLAPI_API_KEY");
  const apiSecret = secret(env, "SOLAPI_API_SECRET");
  const from = text(env, "SOLAPI_FROM");
  if (apiKey === undefined || apiSecret === undefined || from === undefined) {
    throw new ConfigError("Set SOLAPI_API_KEY, SOLAPI_API_SECRET and SOLAPI_FROM for DOJANG_SMS=solapi");
  }
  return { kind: "solapi", apiKey, apiSecret, from, ...optional("baseUrl", text(env, "SOLAPI_API_URL")) };
}

function readNotices(env: Env): ReadonlySet<Notice> {
  const names = new Map<string, Notice>([
    ["issued", "account_issued"],
    ["deposited", "deposit_received"],
    ["due_soon", "deposit_due_soon"],
  ]);
  if (text(env, "DOJANG_NOTICES") === "none") return new Set();
  const chosen = list(env, "DOJANG_NOTICES");
  const notices = (chosen.length === 0 ? [...names.keys()] : chosen).map((name) => names.get(name));
  if (notices.includes(undefined))
    throw new ConfigError("Set DOJANG_NOTICES to none, or to some of issued,deposited,due_soon");
  return new Set(notices.filter((notice) => notice !== undefined));
}
