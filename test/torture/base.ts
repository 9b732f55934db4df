import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRelay, type Relay } from "../support/open-relay.ts";
import { findPostgres } from "../support/postgres/find-postgres.ts";
import { runSql } from "../support/postgres/start-postgres.ts";
import {
  askAdmin,
  dropDatabase,
  makeEmptyDatabase,
  sharedPostgres,
} from "../support/postgres/test-databases.ts";
import type { EngineName } from "./labels.ts";
import { type Mount, openMount } from "./mount.ts";

/** The database below the servers, and the levers that move it. */
export interface Base {
  /** As the servers know it; `{life}` stands for the process. */
  readonly serverUrl: string;
  /** Past the wire that is pulled. */
  readonly directUrl: string;
  /** Its disk, where this account may mount one. */
  readonly mount: Mount | undefined;
  /** Between the servers and a PostgreSQL. */
  readonly wire: Relay | undefined;
  /** Sets the clock of a PostgreSQL so far ahead. */
  setAhead(ms: number): Promise<void>;
  /** Has a PostgreSQL note who claims a task and who ends it, once the schema is there. */
  watchLeases(): Promise<void>;
  /** Tasks that were ended by a process that did not hold them any more. */
  staleEnds(): Promise<readonly string[]>;
  /** Has a PostgreSQL take no writes. @returns how to undo it */
  refuseWrites(): Promise<() => Promise<void>>;
  end(): Promise<void>;
}

export function openBase(engine: EngineName): Promise<Base> {
  return engine === "sqlite" ? openFile() : openServer();
}

async function openFile(): Promise<Base> {
  const folder = mkdtempSync(join(tmpdir(), "dojang-torture-"));
  const mount = openMount(join(folder, "disk"));
  const url = `sqlite:${join(mount?.path ?? folder, "dojang.db")}`;
  const nothing = async () => {};
  return {
    ...{ serverUrl: url, directUrl: url, mount, wire: undefined },
    ...{ setAhead: nothing, watchLeases: nothing, staleEnds: async () => [] },
    refuseWrites: async () => nothing,
    async end() {
      await mount?.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function openServer(): Promise<Base> {
  const postgres = await sharedPostgres();
  const folder = mkdtempSync(join(tmpdir(), "dojang-torture-"));
  // The account of PostgreSQL must get to the disk below it.
  chmodSync(folder, 0o711);
  const mount = openMount(join(folder, "disk"), findPostgres().account);
  const tablespace = `torture_${folder.slice(-6).toLowerCase()}`;
  if (mount !== undefined) await askAdmin(`CREATE TABLESPACE "${tablespace}" LOCATION '${mount.path}'`);
  const directUrl = await makeEmptyDatabase(mount === undefined ? {} : { tablespace: `"${tablespace}"` });
  const name = new URL(directUrl).pathname.slice(1);
  const adminUrl = postgres.replace(/\/postgres$/, `/${name}`);
  const wire = await openRelay(directUrl);
  return {
    // Each process has a name of its own in the sessions of the database.
    serverUrl: `${wire.url}?options=-c%20torture.life%3D{life}`,
    ...{ directUrl, mount, wire },
    setAhead: (ms) => setClock({ adminUrl, name }, ms),
    watchLeases: async () => void (await runSql(adminUrl, WATCH_LEASES)),
    async staleEnds() {
      const found = await runSql<{ said: string }>(adminUrl, STALE_ENDS);
      return found.map(({ said }) => said);
    },
    async refuseWrites() {
      await askAdmin(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await askAdmin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [name]);
      return async () => void (await askAdmin(`ALTER DATABASE ${name} RESET default_transaction_read_only`));
    },
    async end() {
      await wire.pull();
      await dropDatabase(directUrl);
      if (mount !== undefined) await askAdmin(`DROP TABLESPACE "${tablespace}"`);
      await mount?.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The servers ask clock_timestamp(): a function of that name which is found first answers. */
async function setClock({ adminUrl, name }: { adminUrl: string; name: string }, ms: number): Promise<void> {
  await runSql(
    adminUrl,
    `CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
       $$ SELECT pg_catalog.clock_timestamp() + interval '${ms} milliseconds' $$;
     ALTER DATABASE ${name} SET search_path = public, pg_catalog`,
  );
}

const WATCH_LEASES = `
  CREATE SCHEMA torture;
  CREATE TABLE torture.claims (token text, key text, life text, PRIMARY KEY (token, key));
  CREATE TABLE torture.stale (key text, claimed_by text, ended_by text);
  CREATE FUNCTION torture.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE
    me text := current_setting('torture.life', true);
    owner text;
  BEGIN
    IF NEW.state = 'leased' AND NEW.lease_token IS DISTINCT FROM OLD.lease_token THEN
      INSERT INTO torture.claims VALUES (NEW.lease_token, NEW.key, me);
    ELSIF OLD.state = 'leased' AND NEW.state <> 'leased' THEN
      SELECT life INTO owner FROM torture.claims WHERE token = OLD.lease_token AND key = OLD.key;
      IF owner IS NOT NULL AND me IS NOT NULL AND owner <> me THEN
        INSERT INTO torture.stale VALUES (NEW.key, owner, me);
      END IF;
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER torture_note AFTER UPDATE ON public.tasks FOR EACH ROW EXECUTE FUNCTION torture.note()`;

const STALE_ENDS = `
  SELECT key || ' was claimed by ' || claimed_by || ' and ended by ' || ended_by AS said FROM torture.stale`;
