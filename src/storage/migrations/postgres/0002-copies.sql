-- Breaking: no. Adds to what is there.

-- A copy of another database into this one, at most one ever. Until it is complete no server opens this database.
CREATE TABLE copies (
  id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
  -- A hash of what the source is and how far it had come: a copy goes on from the same state of the same one only.
  source BYTEA NOT NULL,
  begun_at BIGINT NOT NULL,
  completed_at BIGINT
);

-- How far it has come.
CREATE TABLE copied_tables (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  -- The key of the last row that is here, as JSON; nothing before the first one.
  last_key TEXT,
  rows BIGINT NOT NULL,
  -- SHA-256 over all rows, found the same on both sides.
  checksum BYTEA
);
