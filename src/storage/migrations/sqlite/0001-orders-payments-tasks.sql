-- Ids compare byte by byte. Amounts are whole minor units. Times are milliseconds since the epoch.
-- A column named *_private holds sealed personal data (src/storage/seal.ts); *_index holds a blind index.

CREATE TABLE seal_keys (
  key_id BLOB NOT NULL PRIMARY KEY,
  -- A known text sealed under the key: opening it shows that the key at hand is the one meant.
  proof BLOB NOT NULL,
  added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The root of everything under one merchant_uid, with or without an order.
CREATE TABLE aggregates (
  merchant_uid TEXT NOT NULL COLLATE BINARY PRIMARY KEY CHECK (merchant_uid <> ''),
  version INTEGER NOT NULL CHECK (version > 0),
  attempt_count INTEGER NOT NULL CHECK (attempt_count >= 0)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER aggregates_version_rises_by_one BEFORE UPDATE OF version ON aggregates
WHEN NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'aggregates.version rises by one'); END;

-- What a gateway said about one payment, and our verdict. Orphans have no order, so the parent is the root.
CREATE TABLE payments (
  row_id INTEGER NOT NULL PRIMARY KEY,
  merchant_uid TEXT NOT NULL COLLATE BINARY REFERENCES aggregates (merchant_uid),
  imp_uid TEXT NOT NULL COLLATE BINARY CHECK (imp_uid <> ''),
  verdict TEXT NOT NULL CHECK (verdict IN ('observed', 'held', 'applied', 'surplus', 'rejected', 'reversed')),
  status TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'failed', 'cancelled', 'unknown')),
  status_text TEXT NOT NULL,
  -- As the gateway wrote it, and the minor units where the text means any in this currency.
  amount_text TEXT NOT NULL,
  amount_minor INTEGER,
  cancelled_text TEXT NOT NULL,
  cancelled_minor INTEGER,
  currency TEXT NOT NULL,
  sandbox INTEGER CHECK (sandbox IN (0, 1)),
  pay_method TEXT,
  pg_provider TEXT,
  pg_id TEXT,
  pg_tid TEXT,
  customer_uid TEXT,
  customer_uid_usage TEXT,
  promotion_id TEXT,
  cancel_count INTEGER NOT NULL,
  account_bank TEXT,
  account_bank_code TEXT,
  account_due_at INTEGER,
  started_at INTEGER,
  paid_at INTEGER,
  failed_at INTEGER,
  cancelled_at INTEGER,
  applied_at INTEGER,
  regression_seen_at INTEGER,
  fetch_started_at INTEGER NOT NULL,
  fetch_ended_at INTEGER NOT NULL,
  faults TEXT NOT NULL,
  clauses TEXT NOT NULL,
  -- The raw answer, account number and holder, fail reason, receipt address. Last: the longest.
  payment_private BLOB NOT NULL,
  UNIQUE (merchant_uid, imp_uid)
) STRICT;

-- An imp_uid belongs to one merchant_uid at the gateway.
CREATE UNIQUE INDEX payments_imp_uid ON payments (imp_uid);
CREATE INDEX payments_pg_tid ON payments (pg_provider, pg_tid) WHERE pg_tid IS NOT NULL;
-- One payer: at most one payment ever paid an order.
CREATE UNIQUE INDEX payments_one_applied ON payments (merchant_uid) WHERE verdict IN ('applied', 'reversed');

CREATE TRIGGER payments_cancelled_never_falls BEFORE UPDATE OF cancelled_minor ON payments
WHEN NEW.cancelled_minor < OLD.cancelled_minor
BEGIN SELECT RAISE(ABORT, 'payments.cancelled_minor never falls'); END;

CREATE TABLE orders (
  row_id INTEGER NOT NULL PRIMARY KEY,
  merchant_uid TEXT NOT NULL COLLATE BINARY UNIQUE REFERENCES aggregates (merchant_uid),
  status TEXT NOT NULL CHECK (status IN
    ('pending', 'awaiting_deposit', 'paid', 'partially_refunded', 'refunded', 'cancelled', 'expired')),
  paid_by TEXT COLLATE BINARY,
  paid_at INTEGER,
  refunded_minor INTEGER NOT NULL CHECK (refunded_minor >= 0),
  account_payment TEXT COLLATE BINARY,
  account_bank TEXT,
  account_bank_code TEXT,
  account_due_at INTEGER,
  account_private BLOB,
  -- From here on: fixed at registration.
  name TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0 AND amount_minor <= 9007199254740991),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  tax_free_minor INTEGER CHECK (tax_free_minor >= 0),
  vat_minor INTEGER CHECK (vat_minor >= 0),
  customer_id TEXT COLLATE BINARY,
  tel_index BLOB,
  mail_index BLOB,
  pay_by INTEGER NOT NULL,
  is_pay_by_given INTEGER NOT NULL CHECK (is_pay_by_given IN (0, 1)),
  return_url TEXT,
  allowed TEXT,
  created_at INTEGER NOT NULL,
  customer_private BLOB,
  metadata_private BLOB,
  CHECK (status NOT IN ('paid', 'partially_refunded', 'refunded') OR paid_by IS NOT NULL),
  FOREIGN KEY (merchant_uid, paid_by) REFERENCES payments (merchant_uid, imp_uid)
) STRICT;

CREATE INDEX orders_created ON orders (created_at, merchant_uid);
CREATE INDEX orders_status ON orders (status, created_at, merchant_uid);
CREATE INDEX orders_customer ON orders (customer_id, created_at, merchant_uid) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_tel ON orders (tel_index, created_at, merchant_uid) WHERE tel_index IS NOT NULL;
CREATE INDEX orders_mail ON orders (mail_index, created_at, merchant_uid) WHERE mail_index IS NOT NULL;

CREATE TRIGGER orders_frozen BEFORE UPDATE OF
  merchant_uid, name, amount_minor, currency, tax_free_minor, vat_minor, customer_id, pay_by, is_pay_by_given, return_url,
  allowed, created_at ON orders
WHEN (NEW.merchant_uid, NEW.name, NEW.amount_minor, NEW.currency, NEW.tax_free_minor, NEW.vat_minor, NEW.customer_id,
    NEW.pay_by, NEW.is_pay_by_given, NEW.return_url, NEW.allowed, NEW.created_at)
  IS NOT (OLD.merchant_uid, OLD.name, OLD.amount_minor, OLD.currency, OLD.tax_free_minor, OLD.vat_minor, OLD.customer_id,
    OLD.pay_by, OLD.is_pay_by_given, OLD.return_url, OLD.allowed, OLD.created_at)
BEGIN SELECT RAISE(ABORT, 'an order is fixed at registration'); END;

CREATE TRIGGER orders_never_pending_again BEFORE UPDATE OF status ON orders
WHEN NEW.status = 'pending' AND OLD.status <> 'pending'
BEGIN SELECT RAISE(ABORT, 'an order never returns to pending'); END;

CREATE TRIGGER orders_paid_by_is_final BEFORE UPDATE OF paid_by ON orders
WHEN OLD.paid_by IS NOT NULL AND NEW.paid_by IS NOT OLD.paid_by
BEGIN SELECT RAISE(ABORT, 'orders.paid_by is written once'); END;

-- What happened to an order. Several events of one write share its sequence.
CREATE TABLE events (
  merchant_uid TEXT NOT NULL COLLATE BINARY REFERENCES aggregates (merchant_uid),
  sequence INTEGER NOT NULL,
  position INTEGER NOT NULL,
  event_id TEXT NOT NULL COLLATE BINARY,
  type TEXT NOT NULL,
  imp_uid TEXT COLLATE BINARY,
  at INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (merchant_uid, sequence, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE discrepancies (
  discrepancy_id TEXT NOT NULL COLLATE BINARY PRIMARY KEY,
  merchant_uid TEXT NOT NULL COLLATE BINARY REFERENCES aggregates (merchant_uid),
  cause TEXT NOT NULL COLLATE BINARY,
  imp_uid TEXT COLLATE BINARY,
  kind TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  resolved_at INTEGER,
  evidence_private BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX discrepancies_cause ON discrepancies (merchant_uid, cause);

CREATE TABLE tasks (
  key TEXT NOT NULL COLLATE BINARY PRIMARY KEY,
  kind TEXT NOT NULL,
  merchant_uid TEXT COLLATE BINARY,
  imp_uid TEXT COLLATE BINARY,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('due', 'leased', 'done', 'dead')),
  due_at INTEGER NOT NULL,
  -- When a worker may claim it: its due time, or the end of its lease. Nothing for a task at rest.
  wake_at INTEGER,
  -- The earliest due time that was asked for while the task was leased.
  asked_at INTEGER,
  wanted INTEGER NOT NULL,
  done INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  lease_token TEXT,
  last_error TEXT,
  CHECK ((state IN ('due', 'leased')) = (wake_at IS NOT NULL)),
  CHECK ((state = 'leased') = (lease_token IS NOT NULL)),
  CHECK (done <= wanted)
) STRICT, WITHOUT ROWID;

CREATE INDEX tasks_wake ON tasks (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX tasks_order ON tasks (merchant_uid) WHERE merchant_uid IS NOT NULL;

-- The inbox: every webhook that was acknowledged.
CREATE TABLE hints (
  hint_id INTEGER NOT NULL PRIMARY KEY,
  imp_uid TEXT NOT NULL COLLATE BINARY,
  merchant_uid TEXT COLLATE BINARY,
  content_type TEXT NOT NULL,
  source_address TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  body_private BLOB NOT NULL
) STRICT;

-- Nothing that concerns money is ever deleted.
CREATE TRIGGER aggregates_stay BEFORE DELETE ON aggregates BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;
CREATE TRIGGER orders_stay BEFORE DELETE ON orders BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;
CREATE TRIGGER payments_stay BEFORE DELETE ON payments BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;
CREATE TRIGGER events_stay BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;
CREATE TRIGGER discrepancies_stay BEFORE DELETE ON discrepancies BEGIN SELECT RAISE(ABORT, 'rows are never deleted'); END;
