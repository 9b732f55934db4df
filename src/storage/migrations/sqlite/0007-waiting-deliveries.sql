-- Breaking: no. Adds to what is there.

-- The deliveries of one order that are still on their way: few, however long the order's history is.
CREATE INDEX tasks_waiting_deliveries ON tasks (merchant_uid, key) WHERE kind = 'deliver' AND wake_at IS NOT NULL;
