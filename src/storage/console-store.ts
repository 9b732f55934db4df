import type { EventType } from "../domain/decision.ts";
import type { OperatorAct } from "./stored-audit.ts";

/** `viewer` looks, `operator` acts on orders and tasks as well, `admin` decides besides who may do that. */
export type OperatorRole = "viewer" | "operator" | "admin";

/** A password as it is kept: scrypt's answer with what it was asked. */
export interface PasswordHash {
  readonly hash: Uint8Array;
  readonly salt: Uint8Array;
  readonly cost: number;
  readonly block: number;
  readonly parallel: number;
}

export interface Operator {
  /** The name that the audit shows. */
  readonly name: string;
  readonly role: OperatorRole;
  /** Somebody else has made the password: nothing but a new one is taken. */
  readonly mustChange: boolean;
  readonly createdAt: number;
  readonly passwordChangedAt: number;
  readonly disabledAt?: number;
}

export interface OperatorWithPassword extends Operator {
  readonly password: PasswordHash;
}

/** What changes; what is left out stays. `disabledAt: null` lets the operator in again. */
export interface OperatorChange {
  readonly role?: OperatorRole;
  readonly disabledAt?: number | null;
  readonly password?: {
    readonly hash: PasswordHash;
    readonly mustChange: boolean;
    readonly changedAt: number;
  };
}

export interface ConsoleSession {
  /** SHA-256 of the id in the cookie. */
  readonly hash: Uint8Array;
  readonly operator: string;
  readonly createdAt: number;
  readonly usedAt: number;
  readonly expiresAt: number;
}

/** How often something was tried in a window of time that ends at `until`. */
export interface Tries {
  readonly tries: number;
  readonly until: number;
}

export interface TriesWindow {
  readonly now: number;
  readonly ms: number;
  /** Each try makes the window end so long after itself, not after the first one. Default: no. */
  readonly isMoving?: boolean;
}

export interface StoredApiKey {
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly revokedAt?: number;
}

/** A fact as a page that is open hears of it. */
export interface LiveEvent {
  readonly id: string;
  readonly orderId: string;
  readonly type: EventType;
  readonly at: number;
}

/** How many events of a type there were in one hour since the epoch. */
export interface HourCount {
  readonly type: EventType;
  readonly hour: number;
  readonly count: number;
}

/** Each is counted up to 1,000. */
export interface TroubleCounts {
  readonly openDiscrepancies: number;
  readonly deadTasks: number;
  readonly failingTasks: number;
}

/**
 * Operators, their sessions, keys, and what the console's first page counts. Nothing here touches an order. Every change of who may do
 * what comes with its act, in one commit.
 *
 * Every method rejects with {DojangError} any `storage_*` code and `commit_outcome_unknown`.
 */
export interface ConsoleStore {
  /** @returns false, and nothing is written, when the name is taken */
  addOperator(operator: OperatorWithPassword, act: OperatorAct): Promise<boolean>;
  /**
   * Ends every session of the operator as well, but for the one named in `keeps`.
   *
   * @returns false, and nothing is written, when there is no such operator, or when the last admin would be lost by it
   */
  changeOperator(
    name: string,
    change: OperatorChange & { readonly keeps?: Uint8Array; readonly act: OperatorAct },
  ): Promise<boolean>;
  readOperator(name: string): Promise<OperatorWithPassword | undefined>;
  /** By name, at most 1,000. */
  listOperators(): Promise<readonly Operator[]>;
  /**
   * Also removes sessions that have expired, and those not used since `idleSince`.
   *
   * @returns false, and nothing is written, when the operator was disabled or its password changed after `passwordChangedAt`
   */
  addSession(
    session: ConsoleSession,
    given: { readonly passwordChangedAt: number; readonly idleSince: number; readonly act: OperatorAct },
  ): Promise<boolean>;
  /** The session with its operator, whether it has expired or not; undefined also where the operator is disabled. */
  readSession(
    hash: Uint8Array,
  ): Promise<{ readonly session: ConsoleSession; readonly operator: Operator } | undefined>;
  useSession(hash: Uint8Array, at: number): Promise<void>;
  endSession(hash: Uint8Array): Promise<void>;
  /** Ends every session of the operator. */
  endSessions(operator: string, act: OperatorAct): Promise<void>;
  /** Counts one more try of this subject (32 bytes), in a new window when the last one is over. Old windows are removed. */
  countTry(subject: Uint8Array, window: TriesWindow): Promise<Tries>;
  /** Takes one counted try back. */
  uncountTry(subject: Uint8Array): Promise<void>;
  readTries(subject: Uint8Array, now: number): Promise<Tries | undefined>;

  addApiKey(key: StoredApiKey & { readonly hash: Uint8Array }, act: OperatorAct): Promise<boolean>;
  /** @returns false, and nothing is written, when there is no such key or it was revoked before */
  revokeApiKey(id: string, given: { readonly at: number; readonly act: OperatorAct }): Promise<boolean>;
  /** The id of the key with this hash, unless it was revoked. */
  findApiKey(hash: Uint8Array): Promise<string | undefined>;
  /** Newest first, at most 1,000. */
  listApiKeys(): Promise<readonly StoredApiKey[]>;

  countTroubles(): Promise<TroubleCounts>;
  /** Events of orders by type and hour, in this time; its end is not in it. */
  countEvents(time: { readonly from: number; readonly to: number }): Promise<readonly HourCount[]>;
  /** Milliseconds from the payment to its being applied here, of the newest payments paid since then. */
  readLatencies(query: { readonly from: number; readonly limit: number }): Promise<readonly number[]>;
  /** When the newest webhook came. */
  lastHintAt(): Promise<number | undefined>;
  /** Events minted from this time on, oldest first: one that commits late may stand before one that was seen. */
  listEventsSince(from: number, limit: number): Promise<readonly LiveEvent[]>;
}
