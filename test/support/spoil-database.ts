import Database from "better-sqlite3";
import { runSql } from "./postgres/start-postgres.ts";
import { askAdmin } from "./postgres/test-databases.ts";
import { testEngine } from "./test-engine.ts";

/** Has the database of a running server refuse every write, in the engine's own way. @returns how to undo it */
export async function refuseWrites(url: string): Promise<() => Promise<void>> {
  if (testEngine() === "sqlite") {
    const other = openFile(url);
    other.exec("BEGIN IMMEDIATE");
    return async () => void other.close();
  }
  const name = new URL(url).pathname.slice(1);
  await askAdmin(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await askAdmin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [name]);
  return async () => void (await askAdmin(`ALTER DATABASE ${name} RESET default_transaction_read_only`));
}

/** Has the database refuse every row of a payment, in these words. */
export async function refusePayments(url: string, words: string): Promise<void> {
  if (testEngine() === "sqlite") {
    const other = openFile(url);
    for (const action of ["INSERT", "UPDATE"]) {
      const refusal = `SELECT RAISE(ABORT, '${words}')`;
      other.exec(`CREATE TRIGGER broken_${action} BEFORE ${action} ON payments BEGIN ${refusal}; END`);
    }
    return void other.close();
  }
  const refusal = `BEGIN RAISE EXCEPTION '${words}'; END`;
  await runSql(
    url,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ ${refusal} $$;
     CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION refuse()`,
  );
}

function openFile(url: string): Database.Database {
  return new Database(url.slice("sqlite:".length));
}
