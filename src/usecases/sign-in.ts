import { createHash } from "node:crypto";
import type { Operator } from "../storage/store.ts";
import type { Deps } from "./deps.ts";
import { TRIES_WINDOW_MS, trySubject } from "./try-subject.ts";

const MINUTE_MS = 60_000;
const KNOWN_MS = 30 * 24 * 60 * MINUTE_MS;
/** Tries in one window, successful ones not counted. */
const PER_NAME_AND_ADDRESS_MAX = 5;
const PER_ADDRESS_MAX = 30;
const PER_NAME_MAX = 50;

const SESSION_MS_MAX = 12 * 60 * MINUTE_MS;
const SESSION_IDLE_MS_MAX = 60 * MINUTE_MS;
/** A session's last use is written no oftener than this. */
const USED_STEP_MS = MINUTE_MS;
const SESSION_ID_BYTES = 32;
const SESSION_ID = /^[A-Za-z0-9_-]{43}$/;

export type SignInOutcome =
  | {
      readonly kind: "signed_in";
      readonly sessionId: string;
      readonly operator: Operator;
      readonly expiresAt: number;
    }
  /** Whether it was the name or the password nobody is told. */
  | { readonly kind: "refused" }
  | { readonly kind: "too_many"; readonly retryAfterMs: number };

interface SignIn {
  readonly name: string;
  readonly password: string;
  /** Where it comes from. */
  readonly address: string;
}

/**
 * Begins a session. Each try is counted before the password is looked at, so that many at once are no way around the limits. A stranger
 * who guesses locks out the stranger's own address; names as a whole are locked for 15 minutes at most, and not for an address from
 * which the operator signed in during the last 30 days.
 *
 * @throws {DojangError} any `storage_*` code, `overloaded`
 */
export async function signIn(deps: Deps, { name, password, address }: SignIn): Promise<SignInOutcome> {
  const now = deps.clock.now();
  const subjects = subjectsOf(name, networkOf(address));
  const lockedUntil = await countTries(deps, subjects, now);
  if (lockedUntil !== undefined) {
    deps.log.warn("sign_in_locked", { address });
    return { kind: "too_many", retryAfterMs: lockedUntil - now };
  }
  const { console } = deps.store;
  const operator = await console.readOperator(name);
  const uncount = () =>
    Promise.all([subjects.pair, subjects.address, subjects.name].map((one) => console.uncountTry(one)));
  const isRight = await deps.passwords.matches(password, operator?.password).catch(async (error: unknown) => {
    // Nobody looked at it.
    await uncount();
    throw error;
  });
  const sessionId = deps.randomBytes(SESSION_ID_BYTES).toString("base64url");
  if (!isRight || operator === undefined || !(await begin(deps, { operator, sessionId, address }))) {
    deps.log.warn("sign_in_refused", { address });
    return { kind: "refused" };
  }
  await uncount();
  await console.countTry(subjects.known, { now, ms: KNOWN_MS, isMoving: true });
  return { kind: "signed_in", sessionId, operator, expiresAt: now + SESSION_MS_MAX };
}

function begin(
  { store, clock }: Deps,
  given: { readonly operator: Operator; readonly sessionId: string; readonly address: string },
): Promise<boolean> {
  const { operator, sessionId, address } = given;
  const now = clock.now();
  const session = {
    hash: sessionHash(sessionId),
    operator: operator.name,
    createdAt: now,
    usedAt: now,
    expiresAt: now + SESSION_MS_MAX,
  };
  return store.console.addSession(session, {
    passwordChangedAt: operator.passwordChangedAt,
    idleSince: now - SESSION_IDLE_MS_MAX,
    act: { action: "operator.signed_in", actor: operator.name, subject: operator.name, data: { address } },
  });
}

export interface SignedIn {
  readonly operator: Operator;
  readonly sessionHash: Uint8Array;
  readonly expiresAt: number;
}

/**
 * Who a session's id belongs to; undefined when it is over.
 *
 * @param isUse whether a person asks: a page that looks for news by itself keeps nobody signed in
 */
export async function readSession(
  { store, clock }: Pick<Deps, "store" | "clock">,
  { sessionId, isUse }: { readonly sessionId: string; readonly isUse: boolean },
): Promise<SignedIn | undefined> {
  if (!SESSION_ID.test(sessionId)) return undefined;
  const hash = sessionHash(sessionId);
  const found = await store.console.readSession(hash);
  const now = clock.now();
  if (found === undefined) return undefined;
  const { session, operator } = found;
  if (session.expiresAt <= now || session.usedAt + SESSION_IDLE_MS_MAX <= now) return undefined;
  if (isUse && session.usedAt + USED_STEP_MS <= now) await store.console.useSession(hash, now);
  return { operator, sessionHash: hash, expiresAt: session.expiresAt };
}

interface Subjects {
  readonly pair: Uint8Array;
  readonly address: Uint8Array;
  readonly name: Uint8Array;
  readonly known: Uint8Array;
}

/** @returns until when no try is taken; undefined when this one is */
async function countTries({ store }: Deps, subjects: Subjects, now: number): Promise<number | undefined> {
  const { console } = store;
  const count = (subject: Uint8Array) => console.countTry(subject, { now, ms: TRIES_WINDOW_MS });
  const pair = await count(subjects.pair);
  const address = await count(subjects.address);
  if (pair.tries > PER_NAME_AND_ADDRESS_MAX) return pair.until;
  if (address.tries > PER_ADDRESS_MAX) return address.until;
  const name = await count(subjects.name);
  if (name.tries <= PER_NAME_MAX) return undefined;
  return (await console.readTries(subjects.known, now)) === undefined ? name.until : undefined;
}

function subjectsOf(name: string, network: string): Subjects {
  return {
    pair: trySubject("pair", name, network),
    address: trySubject("address", network),
    name: trySubject("name", name),
    known: trySubject("known", name, network),
  };
}

/** Who has one address of IPv6 has all 2^64 of its network. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address.replace(/^::ffff:/, "");
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}

function sessionHash(sessionId: string): Uint8Array {
  return createHash("sha256").update(sessionId).digest();
}
