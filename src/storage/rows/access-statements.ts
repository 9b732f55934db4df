import type {
  ConsoleSession,
  OperatorChange,
  OperatorWithPassword,
  StoredApiKey,
  TriesWindow,
} from "../store.ts";
import type { SqlStatement } from "./sql-door.ts";

const OPERATOR_COLUMNS = `operators.name, role, must_change AS "mustChange", operators.created_at AS "createdAt",
  password_changed_at AS "passwordChangedAt", disabled_at AS "disabledAt"`;

const NEXT_ROLE = "coalesce($2, role)";
const NEXT_DISABLED = "CASE WHEN $4 = 1 THEN $3 ELSE disabled_at END";
/** Nobody could let anybody in again: true while another admin is there, and where this change loses none. */
const ADMIN_IS_LEFT = `(${NEXT_ROLE} = 'admin' AND (${NEXT_DISABLED}) IS NULL OR role <> 'admin' OR disabled_at IS NOT NULL OR EXISTS (
    SELECT 1 FROM operators AS other WHERE other.name <> $1 AND other.role = 'admin' AND other.disabled_at IS NULL))`;

export const insertOperator = (operator: OperatorWithPassword): SqlStatement => {
  const { name, role, mustChange, createdAt, passwordChangedAt, password } = operator;
  const { hash, salt, cost, block, parallel } = password;
  return {
    name: "insert_operator",
    text: `INSERT INTO operators (name, role, password_hash, password_salt, scrypt_cost, scrypt_block, scrypt_parallel,
        password_changed_at, must_change, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (name) DO NOTHING RETURNING name`,
    values: [name, role, hash, salt, cost, block, parallel, passwordChangedAt, mustChange ? 1 : 0, createdAt],
  };
};

/** The first one returns nothing where no row may change so. */
export function updateOperator(
  name: string,
  { role, disabledAt, password }: OperatorChange,
): readonly [SqlStatement, ...SqlStatement[]] {
  const rights: SqlStatement = {
    name: "update_operator",
    text: `UPDATE operators SET role = ${NEXT_ROLE}, disabled_at = ${NEXT_DISABLED}
      WHERE name = $1 AND ${ADMIN_IS_LEFT} RETURNING name`,
    values: [name, role ?? null, disabledAt ?? null, disabledAt === undefined ? 0 : 1],
  };
  if (password === undefined) return [rights];
  const { hash, salt, cost, block, parallel } = password.hash;
  const secret: SqlStatement = {
    name: "update_password",
    text: `UPDATE operators SET password_hash = $2, password_salt = $3, scrypt_cost = $4, scrypt_block = $5,
      scrypt_parallel = $6, password_changed_at = $7, must_change = $8 WHERE name = $1`,
    values: [name, hash, salt, cost, block, parallel, password.changedAt, password.mustChange ? 1 : 0],
  };
  return [rights, secret];
}

export const selectOperator = (name: string): SqlStatement => ({
  name: "select_operator",
  text: `SELECT ${OPERATOR_COLUMNS}, password_hash AS hash, password_salt AS salt, scrypt_cost AS cost, scrypt_block AS block,
    scrypt_parallel AS parallel FROM operators WHERE name = $1`,
  values: [name],
});

export const SELECT_OPERATORS: SqlStatement = {
  name: "select_operators",
  text: `SELECT ${OPERATOR_COLUMNS} FROM operators ORDER BY name LIMIT 1000`,
  values: [],
};

export const insertSession = (session: ConsoleSession, passwordChangedAt: number): SqlStatement => ({
  name: "insert_session",
  text: `INSERT INTO console_sessions (session_hash, operator, created_at, used_at, expires_at)
    SELECT $1, name, $3, $3, $4 FROM operators WHERE name = $2 AND disabled_at IS NULL AND password_changed_at = $5
    RETURNING operator`,
  values: [session.hash, session.operator, session.createdAt, session.expiresAt, passwordChangedAt],
});

export const deleteOldSessions = (now: number, idleSince: number): SqlStatement => ({
  name: "delete_old_sessions",
  text: "DELETE FROM console_sessions WHERE expires_at <= $1 OR used_at <= $2",
  values: [now, idleSince],
});

export const selectSession = (hash: Uint8Array): SqlStatement => ({
  name: "select_session",
  text: `SELECT ${OPERATOR_COLUMNS}, session_hash AS hash, console_sessions.created_at AS "beganAt", used_at AS "usedAt",
      expires_at AS "expiresAt"
    FROM console_sessions JOIN operators ON operators.name = operator WHERE session_hash = $1 AND disabled_at IS NULL`,
  values: [hash],
});

export const touchSession = (hash: Uint8Array, at: number): SqlStatement => ({
  name: "touch_session",
  text: "UPDATE console_sessions SET used_at = $2 WHERE session_hash = $1 AND used_at < $2 RETURNING operator",
  values: [hash, at],
});

export const deleteSession = (hash: Uint8Array): SqlStatement => ({
  name: "delete_session",
  text: "DELETE FROM console_sessions WHERE session_hash = $1 RETURNING operator",
  values: [hash],
});

export const deleteSessions = (operator: string, keeps: Uint8Array = new Uint8Array(0)): SqlStatement => ({
  name: "delete_sessions",
  text: "DELETE FROM console_sessions WHERE operator = $1 AND session_hash <> $2",
  values: [operator, keeps],
});

export const countTry = (subject: Uint8Array, { now, ms, isMoving = false }: TriesWindow): SqlStatement => ({
  name: "count_try",
  text: `INSERT INTO sign_in_tries (subject, tries, until) VALUES ($1, 1, $3)
    ON CONFLICT (subject) DO UPDATE SET
      tries = CASE WHEN sign_in_tries.until <= $2 THEN 1 ELSE sign_in_tries.tries + 1 END,
      until = CASE WHEN sign_in_tries.until <= $2 OR $4 = 1 THEN excluded.until ELSE sign_in_tries.until END
    RETURNING tries, until`,
  values: [subject, now, now + ms, isMoving ? 1 : 0],
});

export const uncountTry = (subject: Uint8Array): SqlStatement => ({
  name: "uncount_try",
  text: "UPDATE sign_in_tries SET tries = tries - 1 WHERE subject = $1 AND tries > 0 RETURNING tries",
  values: [subject],
});

export const deleteOldTries = (now: number): SqlStatement => ({
  name: "delete_old_tries",
  text: "DELETE FROM sign_in_tries WHERE until <= $1 RETURNING tries",
  values: [now],
});

export const selectTries = (subject: Uint8Array, now: number): SqlStatement => ({
  name: "select_tries",
  text: "SELECT tries, until FROM sign_in_tries WHERE subject = $1 AND until > $2",
  values: [subject, now],
});

export const insertApiKey = (key: StoredApiKey & { readonly hash: Uint8Array }): SqlStatement => ({
  name: "insert_api_key",
  text: `INSERT INTO api_keys (key_id, name, key_hash, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING key_id`,
  values: [key.id, key.name, key.hash, key.createdAt, key.createdBy],
});

export const revokeApiKey = (id: string, at: number): SqlStatement => ({
  name: "revoke_api_key",
  text: "UPDATE api_keys SET revoked_at = $2 WHERE key_id = $1 AND revoked_at IS NULL RETURNING key_id",
  values: [id, at],
});

export const selectApiKey = (hash: Uint8Array): SqlStatement => ({
  name: "select_api_key",
  text: "SELECT key_id AS id FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL",
  values: [hash],
});

export const SELECT_API_KEYS: SqlStatement = {
  name: "select_api_keys",
  text: `SELECT key_id AS id, name, created_at AS "createdAt", created_by AS "createdBy", revoked_at AS "revokedAt"
    FROM api_keys ORDER BY created_at DESC, key_id LIMIT 1000`,
  values: [],
};
