-- Breaking: no. Adds to what is there.

-- Who may be approved next, and whether the gateway holds the amount ahead of the window.
ALTER TABLE orders ADD COLUMN approval_payment TEXT COLLATE BINARY;
ALTER TABLE orders ADD COLUMN approval_until INTEGER;
ALTER TABLE orders ADD COLUMN preparation TEXT CHECK (preparation IN ('wanted', 'confirmed', 'refused'));

-- Intents to give money back, each written before anything is sent.
CREATE TABLE refunds (
  merchant_uid TEXT NOT NULL COLLATE BINARY REFERENCES aggregates (merchant_uid),
  refund_id TEXT NOT NULL COLLATE BINARY,
  imp_uid TEXT NOT NULL COLLATE BINARY,
  state TEXT NOT NULL CHECK (state IN ('requested', 'unknown', 'succeeded', 'failed')),
  sends INTEGER NOT NULL CHECK (sends >= 0),
  sent_at INTEGER,
  accepted_at INTEGER,
  cancelled_before_minor INTEGER,
  finished_at INTEGER,
  failure_code TEXT,
  -- The reason, the account until the refund is done, and the PG's words when it failed.
  refund_private BLOB NOT NULL,
  -- From here on: fixed when it was asked for.
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 9007199254740991),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  tax_free_minor INTEGER CHECK (tax_free_minor >= 0),
  vat_minor INTEGER CHECK (vat_minor >= 0),
  requester TEXT CHECK (requester IN ('customer', 'admin')),
  retains_promotion INTEGER NOT NULL CHECK (retains_promotion IN (0, 1)),
  fingerprint TEXT NOT NULL,
  actor TEXT NOT NULL,
  discrepancy_id TEXT COLLATE BINARY,
  requested_at INTEGER NOT NULL,
  PRIMARY KEY (merchant_uid, refund_id),
  CHECK ((state IN ('succeeded', 'failed')) = (finished_at IS NOT NULL)),
  CHECK ((state = 'failed') = (failure_code IS NOT NULL)),
  FOREIGN KEY (merchant_uid, imp_uid) REFERENCES payments (merchant_uid, imp_uid)
) STRICT, WITHOUT ROWID;

-- An id travels in the gateway's history: it is one refund, whichever order it is of.
CREATE UNIQUE INDEX refunds_id ON refunds (refund_id);
CREATE INDEX refunds_open ON refunds (requested_at) WHERE state IN ('requested', 'unknown');

-- What was asked for can never be more than was paid.
CREATE TRIGGER refunds_within_payment BEFORE INSERT ON refunds
WHEN NEW.amount_minor + (
    SELECT coalesce(sum(amount_minor), 0) FROM refunds
    WHERE merchant_uid = NEW.merchant_uid AND imp_uid = NEW.imp_uid AND state <> 'failed'
  ) > (SELECT amount_minor FROM payments WHERE merchant_uid = NEW.merchant_uid AND imp_uid = NEW.imp_uid)
BEGIN SELECT RAISE(ABORT, 'refunds are never more than the payment'); END;

CREATE TRIGGER refunds_frozen BEFORE UPDATE ON refunds
WHEN (NEW.merchant_uid, NEW.refund_id, NEW.imp_uid, NEW.amount_minor, NEW.currency, NEW.tax_free_minor, NEW.vat_minor,
    NEW.requester, NEW.retains_promotion, NEW.fingerprint, NEW.actor, NEW.discrepancy_id, NEW.requested_at)
  IS NOT (OLD.merchant_uid, OLD.refund_id, OLD.imp_uid, OLD.amount_minor, OLD.currency, OLD.tax_free_minor, OLD.vat_minor,
    OLD.requester, OLD.retains_promotion, OLD.fingerprint, OLD.actor, OLD.discrepancy_id, OLD.requested_at)
BEGIN SELECT RAISE(ABORT, 'a refund is fixed when it is asked for'); END;

CREATE TRIGGER refunds_state_moves_on BEFORE UPDATE OF state ON refunds
WHEN NEW.state <> OLD.state AND (OLD.state = 'succeeded' OR NEW.state = 'requested')
BEGIN SELECT RAISE(ABORT, 'a refund that succeeded stays so, and none becomes requested again'); END;

CREATE TRIGGER refunds_stay BEFORE DELETE ON refunds BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;

-- What the gateway's history shows as given back, one row an entry, in the gateway's order.
CREATE TABLE cancellations (
  merchant_uid TEXT NOT NULL COLLATE BINARY,
  imp_uid TEXT NOT NULL COLLATE BINARY,
  position INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  cancelled_at INTEGER NOT NULL,
  -- The refund of ours that it carries out; nothing for one that was started elsewhere.
  refund_id TEXT COLLATE BINARY,
  PRIMARY KEY (merchant_uid, imp_uid, position),
  FOREIGN KEY (merchant_uid, imp_uid) REFERENCES payments (merchant_uid, imp_uid)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER cancellations_stay BEFORE DELETE ON cancellations BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;

-- For the money report: what was paid and what went back in a time.
CREATE INDEX cancellations_time ON cancellations (cancelled_at);
CREATE INDEX payments_paid ON payments (paid_at) WHERE paid_at IS NOT NULL;
