-- Breaking: no. Adds to what is there.

-- When the gateway first knew no such payment; cleared once it shows it again.
ALTER TABLE payments ADD COLUMN missing_seen_at INTEGER;

-- What an operator looks for first, among millions of tasks that are done.
CREATE INDEX tasks_dead ON tasks (key) WHERE state = 'dead';
CREATE INDEX tasks_failing ON tasks (key) WHERE tries > 0 AND wake_at IS NOT NULL;
