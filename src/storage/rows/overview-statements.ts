import { firstIdAt } from "./mint-id.ts";
import type { SqlStatement } from "./sql-door.ts";

const EVENT_PREFIX = "evt_";
const HOUR_MS = 3_600_000;

export const COUNT_TROUBLES: SqlStatement = {
  name: "count_troubles",
  text: `SELECT
    (SELECT count(*) FROM (SELECT 1 FROM discrepancies WHERE resolved_at IS NULL LIMIT 1000) AS a) AS "openDiscrepancies",
    (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE state = 'dead' LIMIT 1000) AS b) AS "deadTasks",
    (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE tries > 0 AND wake_at IS NOT NULL LIMIT 1000) AS c) AS "failingTasks"`,
  values: [],
};

/** An event's id begins with its time, so the index of ids is one of times. */
export const countEvents = ({ from, to }: { readonly from: number; readonly to: number }): SqlStatement => ({
  name: "count_events",
  text: `SELECT type, at / ${HOUR_MS} AS hour, count(*) AS count FROM events WHERE event_id >= $1 AND event_id < $2
    GROUP BY type, at / ${HOUR_MS}`,
  values: [firstIdAt(EVENT_PREFIX, from), firstIdAt(EVENT_PREFIX, to)],
});

export const selectLatencies = (from: number, limit: number): SqlStatement => ({
  name: "select_latencies",
  text: `SELECT applied_at - paid_at AS ms FROM payments WHERE paid_at >= $1 AND applied_at IS NOT NULL
    ORDER BY paid_at DESC LIMIT $2`,
  values: [from, limit],
});

export const SELECT_LAST_HINT: SqlStatement = {
  name: "select_last_hint",
  text: "SELECT max(received_at) AS at FROM hints",
  values: [],
};

export const selectEventsSince = (from: number, limit: number): SqlStatement => ({
  name: "select_events_since",
  text: `SELECT event_id AS id, merchant_uid AS "orderId", type, at FROM events WHERE event_id >= $1 ORDER BY event_id LIMIT $2`,
  values: [firstIdAt(EVENT_PREFIX, from), limit],
});
