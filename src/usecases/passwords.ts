import { type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { BulkheadRejectedError, bulkhead } from "cockatiel";
import { DojangError } from "../errors.ts";
import type { PasswordHash } from "../storage/store.ts";

export type PasswordCost = Pick<PasswordHash, "cost" | "block" | "parallel">;

/** 32 MiB three times over, some 250 ms of one core. Source: OWASP Password Storage Cheat Sheet, scrypt. */
export const PASSWORD_COST: PasswordCost = { cost: 2 ** 15, block: 8, parallel: 3 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** Guesses must not take every core and all memory from payments. */
const AT_ONCE_MAX = 2;
const WAITING_MAX = 20;
const LENGTH_MIN = 12;
const LENGTH_MAX = 128;
const DIFFERENT_MIN = 6;

export interface Passwords {
  /** @throws {DojangError} `overloaded` */
  hash(password: string): Promise<PasswordHash>;
  /** Takes as long for an operator who is not there. @throws {DojangError} `overloaded` */
  matches(password: string, kept: PasswordHash | undefined): Promise<boolean>;
}

/** Keeps passwords by scrypt, under a salt of their own, the cost beside them: a later release may raise it. */
export function createPasswords({
  randomBytes,
  cost = PASSWORD_COST,
}: {
  readonly randomBytes: (size: number) => Buffer;
  readonly cost?: PasswordCost;
}): Passwords {
  const gate = bulkhead(AT_ONCE_MAX, WAITING_MAX);
  const derive = async (
    password: string,
    salt: Uint8Array,
    { cost: N, block: r, parallel: p }: PasswordCost,
  ) => {
    const options = { N, r, p, maxmem: 256 * N * r };
    try {
      return await gate.execute(() => derived(password.normalize("NFKC"), salt, options));
    } catch (error) {
      if (error instanceof BulkheadRejectedError)
        throw new DojangError("overloaded", "As many passwords as may be are being looked at");
      throw error;
    }
  };
  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return { hash: await derive(password, salt, cost), salt, ...cost };
    },
    async matches(password, kept) {
      const { hash, salt } = kept ?? { hash: new Uint8Array(HASH_BYTES), salt: new Uint8Array(SALT_BYTES) };
      const isEqual = timingSafeEqual(await derive(password, salt, kept ?? cost), hash);
      return isEqual && kept !== undefined;
    },
  };
}

/** @returns what is expected of it, where it is not as expected */
export function passwordFault(password: string, name: string): string | undefined {
  const text = password.normalize("NFKC");
  if (text.length < LENGTH_MIN || text.length > LENGTH_MAX)
    return `expected ${LENGTH_MIN} to ${LENGTH_MAX} characters`;
  if (new Set(text).size < DIFFERENT_MIN) return `expected at least ${DIFFERENT_MIN} different characters`;
  if (text.toLowerCase().includes(name.toLowerCase())) return "expected it not to hold the operator's name";
  return undefined;
}

function derived(password: string, salt: Uint8Array, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
