-- Breaking: no. Adds to what is there.

-- Who ended a discrepancy, how, and why.
ALTER TABLE discrepancies ADD COLUMN resolve_action TEXT CHECK (resolve_action IN ('accept', 'refund', 'dismiss'));
ALTER TABLE discrepancies ADD COLUMN resolve_actor TEXT;
ALTER TABLE discrepancies ADD COLUMN resolve_reason_private BLOB;

CREATE INDEX discrepancies_open ON discrepancies (discrepancy_id) WHERE resolved_at IS NULL;

-- An event of the past is not resolved twice.
CREATE TRIGGER discrepancies_resolved_once BEFORE UPDATE OF resolved_at ON discrepancies
WHEN OLD.resolved_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a discrepancy is resolved once'); END;

-- A delivery is an event and the task that carries its id in its key.
CREATE UNIQUE INDEX events_id ON events (event_id);
CREATE INDEX tasks_deliveries ON tasks (key) WHERE kind = 'deliver';

-- Small values that outlive the process, by name.
CREATE TABLE cursors (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
