-- Breaking: no. Adds to what is there.

-- Who may sign in to the console. Rows stay: the audit names them.
CREATE TABLE operators (
  name TEXT NOT NULL COLLATE BINARY PRIMARY KEY CHECK (name <> ''),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  -- scrypt over the password with this salt and this cost: src/usecases/passwords.ts.
  password_hash BLOB NOT NULL CHECK (length(password_hash) = 32),
  password_salt BLOB NOT NULL CHECK (length(password_salt) >= 16),
  scrypt_cost INTEGER NOT NULL,
  scrypt_block INTEGER NOT NULL,
  scrypt_parallel INTEGER NOT NULL,
  password_changed_at INTEGER NOT NULL,
  -- 1: somebody else has made the password, so nothing but a new one is taken.
  must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
  created_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

CREATE TRIGGER operators_stay BEFORE DELETE ON operators BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;

-- SHA-256 of the id in the browser's cookie: who reads this table cannot sign in with it.
CREATE TABLE console_sessions (
  session_hash BLOB NOT NULL PRIMARY KEY CHECK (length(session_hash) = 32),
  operator TEXT NOT NULL COLLATE BINARY REFERENCES operators (name),
  created_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX console_sessions_operator ON console_sessions (operator);

-- How often somebody tried to sign in of late, by a digest of the name, the address or both.
CREATE TABLE sign_in_tries (
  subject BLOB NOT NULL PRIMARY KEY CHECK (length(subject) = 32),
  tries INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_tries_until ON sign_in_tries (until);

-- Keys of the shop's servers beside DOJANG_API_KEY. A key is random, so one SHA-256 keeps it.
CREATE TABLE api_keys (
  key_id TEXT NOT NULL COLLATE BINARY PRIMARY KEY,
  name TEXT NOT NULL,
  key_hash BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE TRIGGER api_keys_stay BEFORE DELETE ON api_keys BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;
