-- Breaking: no. Indexes only.

-- All that the report sums: the payments themselves, each with its raw answer, are not read.
DROP INDEX payments_paid;
CREATE INDEX payments_paid ON payments (paid_at, currency, pay_method, sandbox, amount_minor) WHERE paid_at IS NOT NULL;

-- What went back of a payment as a whole, to be held against the entries of its history.
CREATE INDEX payments_given_back ON payments (coalesce(cancelled_at, paid_at)) WHERE paid_at IS NOT NULL AND cancelled_minor > 0;
