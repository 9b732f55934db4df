/** What DATABASE_URL says of a PostgreSQL: one database on one or more hosts, of which one can be written to. */
export interface PostgresAddress {
  readonly hosts: readonly {
    readonly host: string;
    readonly port: number;
    /** The same address with this host alone and without our own parameters: what the driver reads. */
    readonly url: string;
  }[];
  /** `pgbouncer=true`: a transaction pooler stands between. */
  readonly isPooled: boolean;
  /** Without password: for messages. */
  readonly shown: string;
}

const DEFAULT_PORT = 5432;
const PORT_MAX = 65_535;

/**
 * Reads `postgres://user:password@host1:5432,host2:5432/name?pgbouncer=true`.
 *
 * @throws {Error} in one line without the password
 */
export function readPostgresUrl(url: string): PostgresAddress {
  const [, scheme = "", credentials = "", places = "", rest = ""] =
    /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)([/?].*)?$/.exec(url) ?? [];
  if (scheme === "") throw new Error("expected postgres://user:password@host:port/name");
  // What stands before the last @ is the password: read any other way, a part of it would be taken for a host and shown.
  if (rest.includes("@")) {
    throw new Error(
      "expected the password's special characters percent-encoded, such as %40 for @ and %2F for /",
    );
  }
  const hosts = places.split(",").map(readHost);
  const first = hosts[0] as { host: string; port: number };
  const parsed = new URL(`${scheme}${credentials}${first.host}:${first.port}${rest}`);
  const pooled = parsed.searchParams.get("pgbouncer");
  if (pooled !== null && pooled !== "true" && pooled !== "false")
    throw new Error(
      `expected pgbouncer=true or pgbouncer=false, got pgbouncer=${encodeURIComponent(pooled)}`,
    );
  for (const ours of ["pgbouncer", "target_session_attrs"]) parsed.searchParams.delete(ours);
  const { pathname, search } = parsed;
  const shown = new URL(parsed.href);
  shown.password = "";
  shown.search = "";
  return {
    hosts: hosts.map(({ host, port }) => ({
      host,
      port,
      url: `${scheme}${credentials}${host}:${port}${pathname}${search}`,
    })),
    isPooled: pooled === "true",
    shown: shown.href.replace(/:[0-9]+(?=\/|$)/, `:${first.port}`),
  };
}

function readHost(place: string) {
  const [, host = "", port = ""] = /^(\[[0-9a-fA-F:]+\]|[^:[\]]*)(?::([0-9]+))?$/.exec(place) ?? [];
  const number = port === "" ? DEFAULT_PORT : Number(port);
  if ((host === "" && place !== "") || number < 1 || number > PORT_MAX)
    throw new Error(`expected host:port, got ${JSON.stringify(place)}`);
  return { host: host === "" ? "localhost" : host, port: number };
}
