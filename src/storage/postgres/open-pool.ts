import pg from "pg";
import { DojangError } from "../../errors.ts";
import { fromStoredText } from "./any-text.ts";
import { type PostgresAddress, readPostgresUrl } from "./hosts.ts";
import { isConnectionLost, isPoolFull } from "./postgres-error.ts";
import { createSession, type Session, type Statement } from "./session.ts";

export interface Deadlines {
  /** For a connection: a new one, or one that others use. */
  readonly connectMs: number;
  /** For an answer. A statement that is not answered by then never will be: its connection is destroyed, and what it did is looked up. */
  readonly answerMs: number;
  /** Whoever has heard nothing of the database for so long asks it, so that a quiet server knows whether it is ready. */
  readonly quietMs: number;
}

export interface PoolOptions {
  readonly url: string;
  readonly deadlines?: Deadlines | undefined;
  /** How many connections at most. Default 20. */
  readonly size?: number | undefined;
  readonly onStatement?: ((statement: Statement) => void) | undefined;
  /** Whether writes are taken now; told when it changes. */
  readonly onReady?: ((isReady: boolean) => void) | undefined;
}

export interface Pool {
  readonly address: PostgresAddress;
  readonly isReady: boolean;
  /**
   * Runs the work on one connection to the host that can be written to.
   *
   * A connection that was lost, or whose work left a transaction open, is thrown away.
   *
   * @throws what the work throws, and what the connect met
   */
  use<Value>(work: (session: Session) => Promise<Value>): Promise<Value>;
  /** Waits for the work under way, then ends every connection. */
  close(): Promise<void>;
}

const SIZE = 20;
const DEADLINES: Deadlines = { connectMs: 5_000, answerMs: 10_000, quietMs: 5_000 };
/** Shorter than the wait for an answer: who waits for a lock hears that, not that nothing is known. */
const LOCK_MS_MAX = 5_000;
const IDLE_IN_TRANSACTION_MS_MAX = 30_000;
const PROBE_MS = 500;
/** Text form of a 64-bit integer; every one that is stored here is a safe integer by its CHECK or by its meaning. */
const INT8 = 20;
const TEXT = 25;

/** Asked on every new connection: a standby and a server that syncs nothing to the disk are refused. */
const LOOK = `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "isReadOnly",
  current_setting('synchronous_commit') AS "synchronousCommit", current_setting('fsync') AS fsync`;

/** A server that cannot be written to: the next host may be. */
class ReadOnlyHost extends Error {
  readonly code = "25006";
}

/**
 * Connections to the one host of several that can be written to. After a failover the old ones are lost, one by one, and each new
 * one looks for the host that is writable then.
 *
 * @throws {Error} in one line without the password, when the address is none
 */
export function openPool(options: PoolOptions): Pool {
  const address = readPostgresUrl(options.url);
  const connections = openConnections(address, options, () => health.look());
  const health = createHealth(options, () =>
    use(async (session) => {
      const [seen] = await session.run([{ name: "", text: LOOK, values: [] }]);
      if (seen?.rows[0]?.["isReadOnly"] === true) throw new ReadOnlyHost("The server takes no writes");
    }),
  );

  async function use<Value>(work: (session: Session) => Promise<Value>): Promise<Value> {
    let client: pg.PoolClient;
    try {
      client = await connections.connect();
    } catch (error) {
      if (isConnectionLost(error) && !isPoolFull(error)) health.note(false);
      throw error;
    }
    let isLost = false;
    try {
      const value = await work(
        createSession(client, { isNaming: !address.isPooled, onStatement: options.onStatement }),
      );
      health.note(true);
      return value;
    } catch (error) {
      isLost = isConnectionLost(error);
      if (isLost) health.note(false);
      throw error;
    } finally {
      client.release(isLost || client.getTransactionStatus() !== "I");
    }
  }

  let isClosed = false;
  return {
    address,
    get isReady() {
      return health.isReady && !isClosed;
    },
    use,
    async close() {
      if (isClosed) return;
      isClosed = true;
      health.stop();
      await connections.end();
    },
  };
}

/** A pool whose every new connection leads to the writable host. */
function openConnections(
  { hosts, isPooled, shown }: PostgresAddress,
  { size = SIZE, deadlines: { connectMs, answerMs } = DEADLINES }: PoolOptions,
  onIdleLost: () => void,
) {
  let preferred = 0;
  class HostClient extends pg.Client {
    constructor(config: pg.ClientConfig) {
      // A host beside an address would be overruled by that.
      super({ ...config, connectionString: hosts[preferred]?.url });
      // What was lost with the connection is told by each statement that it was answering.
      this.on("error", () => {});
    }
  }
  const settings = {
    Client: HostClient,
    max: size,
    connectionTimeoutMillis: connectMs,
    query_timeout: answerMs,
    keepAlive: true,
    application_name: "dojang",
    types: { getTypeParser },
    pipeline: true,
    // A pooler knows no session: set these for the role there (docs/operations.md).
    ...(isPooled
      ? {}
      : { lock_timeout: LOCK_MS_MAX, idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX }),
    onConnect: (client: pg.ClientBase) => refuseUnsafe(client, shown),
  };
  const pool = new pg.Pool(settings as unknown as pg.PoolConfig);
  // A connection that is lost while nobody uses it is gone from the pool already.
  pool.on("error", onIdleLost);
  return {
    end: () => pool.end(),
    /** Each host is tried. The error of the first one is told when none can be used. */
    async connect(): Promise<pg.PoolClient> {
      let first: unknown;
      for (let tried = 0; tried < hosts.length; tried += 1) {
        const index = preferred;
        try {
          return await pool.connect();
        } catch (error) {
          first ??= error;
          if (!isConnectionLost(error) || isPoolFull(error)) throw error;
          if (preferred === index) preferred = (index + 1) % hosts.length;
        }
      }
      throw first;
    },
  };
}

async function refuseUnsafe(client: pg.ClientBase, shown: string): Promise<void> {
  const { rows } = await client.query(LOOK);
  const seen = rows[0] as { isReadOnly: boolean; synchronousCommit: string; fsync: string };
  if (seen.isReadOnly) throw new ReadOnlyHost("The server takes no writes");
  if (seen.synchronousCommit !== "off" && seen.fsync !== "off") return;
  throw new DojangError(
    "storage_unavailable",
    `Cannot use ${shown}: expected synchronous_commit and fsync on, got ${seen.synchronousCommit} and ${seen.fsync}`,
  );
}

/** Whether writes are taken. After a loss, and where nobody uses it, it asks by itself, so that nobody has to try first. */
function createHealth(
  { onReady, deadlines: { quietMs } = DEADLINES }: PoolOptions,
  probe: () => Promise<unknown>,
) {
  let isReady = true;
  let isStopped = false;
  let heardAt = performance.now();
  let isLooking = false;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    if (isStopped || isLooking) return;
    isLooking = true;
    const done = () => {
      isLooking = false;
      if (!isReady) askAgain();
    };
    // What it found is noted where it is used.
    probe().then(done, done);
  };
  const askAgain = () => {
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(look, PROBE_MS).unref();
  };
  const askWhenQuiet = () => {
    if (performance.now() - heardAt >= quietMs) look();
  };
  const quiet = onReady === undefined ? undefined : setInterval(askWhenQuiet, quietMs).unref();
  return {
    get isReady() {
      return isReady;
    },
    look,
    note(isNowReady: boolean) {
      heardAt = performance.now();
      if (isNowReady === isReady || isStopped) return;
      isReady = isNowReady;
      onReady?.(isReady);
      if (!isReady) askAgain();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      clearInterval(quiet);
    },
  };
}

function getTypeParser(oid: number, format?: string) {
  if (oid === INT8 && format !== "binary") return Number;
  if (oid === TEXT && format !== "binary") return fromStoredText;
  return pg.types.getTypeParser(oid, format as "text");
}
