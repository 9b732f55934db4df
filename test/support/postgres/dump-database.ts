import pg from "pg";

/** Every value of every row, and once more with its bytes as they are. */
export async function dumpDatabase(url: string): Promise<Buffer> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
    );
    const parts: Buffer[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query(`SELECT * FROM ${client.escapeIdentifier(name)}`);
      for (const row of rows) {
        for (const value of Object.values(row))
          parts.push(Buffer.isBuffer(value) ? value : Buffer.from(`${value}\n`));
      }
    }
    return Buffer.concat(parts);
  } finally {
    await client.end();
  }
}
