import type { Pool } from "./open-pool.ts";
import { isConflict, isConnectionLost, isCutShort, toStorageError } from "./postgres-error.ts";
import type { Session } from "./session.ts";

export interface RetryDeps {
  readonly pool: Pool;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly wait?: (ms: number) => Promise<void>;
  /** How long a caller waits for a database that is away, beyond the wait for one answer. */
  readonly awayMsMax?: number | undefined;
}

/** Longer than a database takes that is started again: docs/operations.md. */
const AWAY_MS_MAX = 10_000;

const CONFLICTS_MAX = 30;
const CONFLICT_MS = 5;
/** Some 3 s in all before a caller hears that there is no database. */
const LOSSES_MAX = 6;
const LOSS_MS = 50;
const LOSS_MS_MAX = 1_000;

/**
 * Runs what may be run twice: again after a conflict or when it was cut short, and on another connection when its own was lost.
 *
 * @param lossesMax how many lost connections are borne: 12 are some 9 s
 * @throws {DojangError} `storage_unavailable`, `storage_full`; what the work throws
 */
export async function withRetries<Value>(
  { pool, random, wait = sleep, awayMsMax = AWAY_MS_MAX }: RetryDeps,
  work: (session: Session) => Promise<Value>,
  lossesMax: () => number = () => LOSSES_MAX,
): Promise<Value> {
  let conflicts = 0;
  let losses = 0;
  let lostAt: number | undefined;
  for (;;) {
    try {
      return await pool.use(work);
    } catch (error) {
      if (isConflict(error) && conflicts < CONFLICTS_MAX) {
        conflicts += 1;
        await wait(CONFLICT_MS * conflicts * (0.5 + random()));
      } else if ((isConnectionLost(error) || isCutShort(error)) && losses < lossesMax()) {
        lostAt ??= performance.now();
        // Where nothing is refused and nothing answered, each try takes long.
        if (performance.now() - lostAt > awayMsMax) throw toStorageError(error);
        await wait(Math.min(LOSS_MS_MAX, LOSS_MS * 2 ** losses) * (0.5 + random()));
        losses += 1;
      } else {
        throw toStorageError(error);
      }
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
