import type { ConsoleSession, Operator, OperatorWithPassword, PasswordHash, StoredApiKey } from "../store.ts";
import type { Draft } from "./seal-context.ts";
import type { SqlRow } from "./sql-door.ts";

type OperatorRow = Omit<Operator, "mustChange" | "disabledAt"> & {
  readonly mustChange: number;
  readonly disabledAt: number | null;
};

export function toOperator(row: SqlRow): Operator {
  const { name, role, createdAt, passwordChangedAt, mustChange, disabledAt } = row as unknown as OperatorRow;
  const operator: Draft<Operator> = {
    name,
    role,
    mustChange: mustChange === 1,
    createdAt,
    passwordChangedAt,
  };
  if (disabledAt !== null) operator.disabledAt = disabledAt;
  return operator;
}

export function toOperatorWithPassword(row: SqlRow): OperatorWithPassword {
  const { hash, salt, cost, block, parallel } = row as unknown as PasswordHash;
  return { ...toOperator(row), password: { hash, salt, cost, block, parallel } };
}

export function toSession(row: SqlRow): ConsoleSession {
  const { hash, beganAt, usedAt, expiresAt } = row as unknown as ConsoleSession & { beganAt: number };
  return { hash, operator: String(row["name"]), createdAt: beganAt, usedAt, expiresAt };
}

export function toApiKey(row: SqlRow): StoredApiKey {
  const { revokedAt, ...key } = row as unknown as Omit<StoredApiKey, "revokedAt"> & {
    readonly revokedAt: number | null;
  };
  return revokedAt === null ? key : { ...key, revokedAt };
}
