import type { Clock } from "../../clock.ts";
import { openPool, type Pool } from "./open-pool.ts";
import { openingError } from "./opening-error.ts";

const MEASURES = 5;
const AGAIN_MS = 30_000;
/** Less is within the time that the question takes. */
const SHIFT_MS_MIN = 5;

export interface DatabaseClock extends Clock, AsyncDisposable {}

/**
 * The clock of the database's server, for all processes that share it: leases and due times mean the same to each. Between two
 * measures the machine's own clock runs on.
 *
 * @throws {DojangError} `storage_unavailable`, in one line without the password
 */
export async function openDatabaseClock(url: string, machine: Clock): Promise<DatabaseClock> {
  const pool = openOnly(url);
  let offsetMs = 0;
  let cancel = () => {};
  let isClosed = false;
  const statement = {
    name: "clock",
    text: `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now`,
    values: [],
  };
  const measure = () =>
    pool.use(async (session) => {
      let best = { tookMs: Number.POSITIVE_INFINITY, offsetMs };
      for (let count = 0; count < MEASURES; count += 1) {
        const askedAt = machine.now();
        const [answer] = await session.run([statement]);
        const tookMs = machine.now() - askedAt;
        if (tookMs >= 0 && tookMs < best.tookMs)
          best = { tookMs, offsetMs: Number(answer?.rows[0]?.["now"]) - askedAt - tookMs / 2 };
      }
      if (Math.abs(best.offsetMs - offsetMs) > SHIFT_MS_MIN) offsetMs = Math.round(best.offsetMs);
    });
  const again = () => {
    cancel = machine.after(AGAIN_MS, () => {
      void measure()
        .catch(() => {}) // the last offset holds while the database is away
        .then(() => {
          if (!isClosed) again();
        });
    });
  };
  try {
    await measure();
  } catch (error) {
    await pool.close();
    throw openingError(pool.address.shown, error);
  }
  again();
  return {
    now: () => machine.now() + offsetMs,
    after: (delayMs, run) => machine.after(delayMs, run),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      cancel();
      await pool.close();
    },
  };
}

function openOnly(url: string): Pool {
  try {
    return openPool({ url, size: 1 });
  } catch (error) {
    throw openingError("in DATABASE_URL", error);
  }
}
