import type { Rule } from "./rules.ts";
import type { Moment } from "./with-moment.ts";

/** What must hold on one engine alone. */
export const ENGINE_RULES: Readonly<Record<Moment["engine"], readonly Rule[]>> = {
  sqlite: [
    {
      name: "file_whole",
      says: "the file is whole",
      broken: `SELECT integrity_check AS id FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
    },
    {
      name: "foreign_keys",
      says: "every foreign key leads to a row",
      broken: `SELECT "table" || ' without its row of ' || parent AS id FROM pragma_foreign_key_check`,
    },
  ],
  postgres: [
    {
      name: "copy_complete",
      says: "a copy into this database is complete",
      broken:
        "SELECT name AS id FROM copied_tables WHERE EXISTS (SELECT 1 FROM copies WHERE completed_at IS NULL)",
    },
    {
      name: "numbers_go_on",
      says: "the next number of a row is one that no row has",
      broken: `SELECT 'audit_counter' AS id FROM audit_counter WHERE number <> (SELECT coalesce(max(number), 0) FROM audit)
        UNION ALL SELECT 'hint_blocks'
          WHERE coalesce(pg_sequence_last_value('hint_blocks') + 1000, 1) <= (SELECT max(hint_id) FROM hints)
        UNION ALL SELECT 'payments.row_id' FROM (SELECT pg_get_serial_sequence('payments', 'row_id')::regclass AS numbers) AS s
          WHERE CASE WHEN has_sequence_privilege(numbers, 'USAGE, SELECT')
            THEN coalesce(pg_sequence_last_value(numbers) + 1, 1) <= (SELECT max(row_id) FROM payments) END`,
    },
  ],
};
