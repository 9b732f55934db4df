import { ConfigError, type Env, isLoopback, oneOf, optional, plainWebUrl, secret, text } from "./env.ts";

export interface EventsConfig {
  readonly url: string;
  /** The live ones, one or two. */
  readonly secrets: readonly Uint8Array[];
  /** Whether events may go to this machine or its network. */
  readonly allowsLocal: boolean;
}

type Recheck = "required" | "best_effort";

const SECRETS_MAX = 2;
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;

export interface ShopConfig {
  /** Absent: nobody is told of events. */
  readonly events?: EventsConfig;
  /** Absent: nobody at the shop is asked before a payment is approved. */
  readonly confirmHook?: EventsConfig;
  readonly recheck: Recheck;
}

/** Where the shop is told and asked, and whether a payment must be seen again right before it is told. @throws {ConfigError} */
export function readEvents(env: Env, isLive: boolean): ShopConfig {
  const recheck = oneOf(env, "DOJANG_RECHECK", ["required", "best_effort"], "required");
  const events = readTarget(env, { name: "DOJANG_EVENTS_URL", what: "takes events", isLive });
  const hook = { name: "DOJANG_CONFIRM_HOOK_URL", what: "answers before a payment is approved", isLive };
  return { recheck, ...optional("events", events), ...optional("confirmHook", readTarget(env, hook)) };
}

interface Target {
  readonly name: string;
  readonly what: string;
  readonly isLive: boolean;
}

function readTarget(env: Env, target: Target): EventsConfig | undefined {
  const url = text(env, target.name);
  if (url === undefined) return undefined;
  const allowsLocal = !target.isLive || text(env, "DOJANG_ALLOW_LOCAL_EVENTS") === "1";
  return { url: readUrl(url, { ...target, allowsLocal }), secrets: readSecrets(env), allowsLocal };
}

function readUrl(
  url: string,
  { name, what, allowsLocal }: Target & { readonly allowsLocal: boolean },
): string {
  const parsed = plainWebUrl(url);
  if (parsed === undefined) {
    throw new ConfigError(
      `Set ${name} to the https address where the shop ${what}, without user, query and fragment`,
    );
  }
  if (!allowsLocal && (parsed.protocol !== "https:" || isLoopback(parsed.hostname))) {
    throw new ConfigError(
      `Set ${name} to an https address of another machine (or set DOJANG_ALLOW_LOCAL_EVENTS=1)`,
    );
  }
  return parsed.href;
}

function readSecrets(env: Env): readonly Uint8Array[] {
  const secrets = (secret(env, "DOJANG_EVENTS_SECRET") ?? "").split(/[\s,]+/).filter((entry) => entry !== "");
  if (secrets.length === 0 || secrets.length > SECRETS_MAX) {
    throw new ConfigError(
      `Set DOJANG_EVENTS_SECRET (or DOJANG_EVENTS_SECRET_FILE) to one secret, or two while rotating: it holds ${secrets.length}`,
    );
  }
  return secrets.map(readSecret);
}

function readSecret(text: string): Uint8Array {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? "";
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length >= SECRET_BYTES_MIN && bytes.length <= SECRET_BYTES_MAX) return bytes;
  throw new ConfigError(
    `Set DOJANG_EVENTS_SECRET to whsec_ and ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} random bytes in base64: openssl rand -base64 32`,
  );
}
