import { startPair } from "../support/postgres/start-pair.ts";
import { runSql, SERVER_ROLE, urlOf } from "../support/postgres/start-postgres.ts";
import { type FailoverFigures, killPrimary } from "./failover.ts";
import { type ReplicasReport, runReplicas } from "./run-replicas.ts";

export interface FailoverOptions {
  readonly seed: number;
  readonly servers: number;
  readonly workers: number;
  readonly buyers: number;
  /** So many requests are answered before the primary is killed, and once more after the promotion. */
  readonly answers: number;
  /** How long nobody promotes. */
  readonly awayMs: number;
  readonly waitsForRefunds: boolean;
}

/** Load on a primary with a synchronous standby, of which the primary is killed and the standby promoted. No process of ours is restarted. */
export async function runFailover(options: FailoverOptions): Promise<ReplicasReport & FailoverFigures> {
  await using pair = await startPair();
  const { primary, standby, first } = pair;
  await runSql(first.adminUrl, `CREATE DATABASE shop OWNER ${SERVER_ROLE}`);
  const login = { ...first.login, user: SERVER_ROLE };
  const { havoc, figures } = killPrimary(pair, options);
  const lastUrl = urlOf(login, standby.port, "shop");
  const databaseUrl = lastUrl.replace(/@[^/]+/, `@127.0.0.1:${primary.port},127.0.0.1:${standby.port}`);
  const report = await runReplicas({ ...options, databaseUrl, lastUrl, havoc });
  return { ...report, ...(await figures) };
}
