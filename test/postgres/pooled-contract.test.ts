// Goal: the engine works behind a transaction pooler, and under a role that owns nothing. Method: those parts of the store's contract that
// send every kind of statement, through PgBouncer in transaction mode.
import { after, before } from "node:test";
import { migrateDatabase } from "../../src/storage/migrate-database.ts";
import { testAggregate } from "../storage/contract/aggregate.ts";
import { testAudit } from "../storage/contract/audit.ts";
import { testClash } from "../storage/contract/clash.ts";
import { testCursors } from "../storage/contract/cursors.ts";
import { testTasks } from "../storage/contract/tasks.ts";
import { postgresEngine } from "../support/postgres/postgres-engine.ts";
import { hasPgBouncer, type PgBouncer, startPgBouncer } from "../support/postgres/start-pgbouncer.ts";
import { LEAST_ROLE } from "../support/postgres/start-postgres.ts";
import { asRole, sharedPostgres } from "../support/postgres/test-databases.ts";

if (hasPgBouncer()) {
  let bouncer: PgBouncer;
  before(async () => {
    bouncer = await startPgBouncer(await sharedPostgres());
  });
  after(() => bouncer[Symbol.asyncDispose]());
  const engine = postgresEngine("postgres behind PgBouncer", async (location) => {
    await migrateDatabase(
      { kind: "postgres", url: location },
      { isDryRun: false, grantTo: LEAST_ROLE, now: 0 },
    );
    return bouncer.through(asRole(location, LEAST_ROLE));
  });
  testAggregate(engine);
  testAudit(engine);
  testClash(engine);
  testCursors(engine);
  testTasks(engine);
} else {
  process.stdout.write("# SKIP: PgBouncer is not installed, so nothing is known of transaction poolers\n");
}
