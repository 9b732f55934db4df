-- Breaking: no. Adds to what is there.

-- Who did what, and why. Rows of one order form a chain by hash; those that concern no order (NULL) form one more.
-- The hash is src/storage/audit-hash.ts over all other columns: docs/decisions/0009-audit-chains.md.
CREATE TABLE audit (
  -- In the order of writing, without a gap.
  number INTEGER NOT NULL PRIMARY KEY,
  merchant_uid TEXT COLLATE BINARY REFERENCES aggregates (merchant_uid),
  -- In the chain, from 1 on without a gap.
  position INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (actor <> ''),
  action TEXT NOT NULL CHECK (action <> ''),
  subject TEXT COLLATE BINARY,
  data TEXT NOT NULL,
  reason_private BLOB,
  -- Of the row before in the chain; 32 zero bytes for the first.
  prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE UNIQUE INDEX audit_chain ON audit (merchant_uid, position);
-- NULLs are all different to the index above.
CREATE UNIQUE INDEX audit_acts ON audit (position) WHERE merchant_uid IS NULL;

CREATE TRIGGER audit_goes_on BEFORE INSERT ON audit
WHEN NEW.number <> 1 + (SELECT coalesce(max(number), 0) FROM audit)
  OR NEW.position <> 1 + coalesce((SELECT max(position) FROM audit WHERE merchant_uid IS NEW.merchant_uid), 0)
  OR NEW.prev_hash <> coalesce(
    (SELECT hash FROM audit WHERE merchant_uid IS NEW.merchant_uid AND position = NEW.position - 1), zeroblob(32))
BEGIN SELECT RAISE(ABORT, 'an audit row goes on where the last one ended'); END;
CREATE TRIGGER audit_is_fixed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows never change'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;

-- The hash of the last row of each chain: at the root of its order, and in the one row for what concerns no order.
ALTER TABLE aggregates ADD COLUMN audit_head BLOB;
CREATE TABLE audit_acts_head (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER aggregates_audit_head_is_last BEFORE UPDATE OF audit_head ON aggregates
WHEN NEW.audit_head IS NOT (
  SELECT hash FROM audit WHERE merchant_uid = NEW.merchant_uid ORDER BY position DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'aggregates.audit_head is the hash of the last audit row'); END;
CREATE TRIGGER audit_acts_head_is_last BEFORE UPDATE ON audit_acts_head
WHEN NEW.hash IS NOT (SELECT hash FROM audit WHERE merchant_uid IS NULL ORDER BY position DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'audit_acts_head is the hash of the last audit row'); END;
CREATE TRIGGER audit_acts_head_stays BEFORE DELETE ON audit_acts_head
BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;

-- What all heads were at a time. Each is logged: a copy outside of this file tells when the file was made anew.
CREATE TABLE audit_checkpoints (
  number INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  -- The last audit row that it covers; the first is the one after the last of the checkpoint before.
  through INTEGER NOT NULL,
  -- How many chains grew in those rows.
  heads INTEGER NOT NULL CHECK (heads > 0),
  prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_checkpoints_go_on BEFORE INSERT ON audit_checkpoints
WHEN NEW.number <> 1 + (SELECT coalesce(max(number), 0) FROM audit_checkpoints)
  OR NEW.through <= (SELECT coalesce(max(through), 0) FROM audit_checkpoints WHERE number = NEW.number - 1)
  OR NEW.prev_hash <> coalesce((SELECT hash FROM audit_checkpoints WHERE number = NEW.number - 1), zeroblob(32))
BEGIN SELECT RAISE(ABORT, 'a checkpoint goes on where the last one ended'); END;
CREATE TRIGGER audit_checkpoints_are_fixed BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints never change'); END;
CREATE TRIGGER audit_checkpoints_stay BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;
