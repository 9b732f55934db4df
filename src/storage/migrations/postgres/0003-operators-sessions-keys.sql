-- Breaking: no. Adds to what is there. The same tables as src/storage/migrations/sqlite/0008-operators-sessions-keys.sql.

-- Who may sign in to the console. Rows stay: the audit names them.
CREATE TABLE operators (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (name <> ''),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  -- scrypt over the password with this salt and this cost: src/usecases/passwords.ts.
  password_hash BYTEA NOT NULL CHECK (length(password_hash) = 32),
  password_salt BYTEA NOT NULL CHECK (length(password_salt) >= 16),
  scrypt_cost BIGINT NOT NULL,
  scrypt_block BIGINT NOT NULL,
  scrypt_parallel BIGINT NOT NULL,
  password_changed_at BIGINT NOT NULL,
  -- 1: somebody else has made the password, so nothing but a new one is taken.
  must_change SMALLINT NOT NULL CHECK (must_change IN (0, 1)),
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);

CREATE TRIGGER operators_stay BEFORE DELETE ON operators FOR EACH ROW EXECUTE FUNCTION dojang_refuse('rows are never deleted');

-- SHA-256 of the id in the browser's cookie: who reads this table cannot sign in with it.
CREATE TABLE console_sessions (
  session_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(session_hash) = 32),
  operator TEXT COLLATE "C" NOT NULL REFERENCES operators (name),
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE INDEX console_sessions_operator ON console_sessions (operator);

-- How often somebody tried to sign in of late, by a digest of the name, the address or both.
CREATE TABLE sign_in_tries (
  subject BYTEA NOT NULL PRIMARY KEY CHECK (length(subject) = 32),
  tries BIGINT NOT NULL,
  until BIGINT NOT NULL
);

CREATE INDEX sign_in_tries_until ON sign_in_tries (until);

-- Keys of the shop's servers beside DOJANG_API_KEY. A key is random, so one SHA-256 keeps it.
CREATE TABLE api_keys (
  key_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  key_hash BYTEA NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  revoked_at BIGINT
);

CREATE TRIGGER api_keys_stay BEFORE DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION dojang_refuse('rows are never deleted');
