import Database from "better-sqlite3";
import pg from "pg";

/** What a database holds, read past the servers that use it: also while they are dead. */
export interface Rows extends AsyncDisposable {
  /** SQL that both engines understand; a `?` for each value. */
  all<Row extends object>(text: string, ...values: readonly (string | number)[]): Promise<Row[]>;
}

export async function openRows(url: string): Promise<Rows> {
  return url.startsWith("sqlite:") ? openFile(url.slice("sqlite:".length)) : openServer(url);
}

function openFile(path: string): Rows {
  const db = new Database(path, { readonly: true });
  return {
    all: async <Row>(text: string, ...values: readonly (string | number)[]) =>
      db.prepare<unknown[], Row>(text).all(...values),
    [Symbol.asyncDispose]: async () => void db.close(),
  };
}

/** As the servers read: numbers for whole numbers of eight bytes. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    id === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(Number(id), format),
};

async function openServer(url: string): Promise<Rows> {
  const client = new pg.Client({ connectionString: url, types: TYPES });
  client.on("error", () => {}); // the statement's own rejection tells
  await client.connect();
  return {
    async all<Row extends object>(text: string, ...values: readonly (string | number)[]) {
      let count = 0;
      const numbered = text.replaceAll("?", () => `$${++count}`);
      return (await client.query<Row>(numbered, [...values])).rows;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
