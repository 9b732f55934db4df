import type { DatabasePeek } from "../peek-database.ts";
import { firstIdAt } from "../rows/mint-id.ts";
import { besidePostgres } from "./beside-postgres.ts";

const STATE = `SELECT current_setting('synchronous_commit') AS "synchronousCommit",
  (SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'dojang' AND pid <> pg_backend_pid()) AS connections,
  (SELECT received_at FROM hints ORDER BY hint_id DESC LIMIT 1) AS "lastHintAt",
  (SELECT count(*) FROM discrepancies WHERE resolved_at IS NULL) AS "openDiscrepancies",
  (SELECT count(*) FROM tasks WHERE state = 'dead') AS "deadTasks"`;

const FOUND = `SELECT data::json ->> 'found_by' AS finder, count(*) AS count FROM events
  WHERE event_id >= $1 AND type IN ('order.paid', 'order.awaiting_deposit') AND data::json ->> 'found_by' IS NOT NULL GROUP BY finder`;

/** @throws as `besidePostgres` */
export function peekPostgres(
  url: string,
  { foundSince }: { readonly foundSince: number },
): Promise<DatabasePeek | undefined> {
  return besidePostgres(url, async (session) => {
    const [state, found] = await session.run([
      { name: "", text: STATE, values: [] },
      { name: "", text: FOUND, values: [firstIdAt("evt_", foundSince)] },
    ]);
    const seen = (state?.rows[0] ?? {}) as unknown as State;
    const { synchronousCommit, connections, lastHintAt, openDiscrepancies, deadTasks } = seen;
    const users = connections === 0 ? "used by nobody" : `used by ${connections} connections of servers`;
    return {
      // The driver refuses a server that would lose what it answered.
      isDurable: true,
      state: `durable (synchronous_commit ${synchronousCommit}), ${users}`,
      lastHintAt: lastHintAt ?? undefined,
      openDiscrepancies,
      deadTasks,
      foundBy: Object.fromEntries(
        (found?.rows ?? []).map(({ finder, count }) => [String(finder), Number(count)]),
      ),
    };
  });
}

interface State {
  readonly synchronousCommit: string;
  readonly connections: number;
  readonly lastHintAt: number | null;
  readonly openDiscrepancies: number;
  readonly deadTasks: number;
}
