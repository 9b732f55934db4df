// The least that keeps a webhook: node:http, and one durable INSERT of the body per request. Nothing is read, checked or looked at.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Database from "better-sqlite3";
import pg from "pg";
import { serveCalls } from "../child.ts";

const { BENCH_SQLITE_PATH, BENCH_POSTGRES_URL } = process.env;
const TABLE = "CREATE TABLE IF NOT EXISTS bare_hints (body TEXT NOT NULL)";
const OK = '{"status":"ok"}';

const insert =
  BENCH_SQLITE_PATH === undefined ? await onPostgres(BENCH_POSTGRES_URL ?? "") : onSqlite(BENCH_SQLITE_PATH);

function onSqlite(path: string): (body: string) => void {
  const db = new Database(path);
  for (const pragma of ["journal_mode = WAL", "synchronous = FULL"]) db.pragma(pragma);
  db.exec(TABLE);
  const statement = db.prepare("INSERT INTO bare_hints (body) VALUES (?)");
  return (body) => void statement.run(body);
}

async function onPostgres(url: string): Promise<(body: string) => Promise<void>> {
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  await pool.query(TABLE);
  return async (body) => {
    await pool.query({ name: "insert", text: "INSERT INTO bare_hints (body) VALUES ($1)", values: [body] });
  };
}

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  if (request.method === "POST") await insert(Buffer.concat(chunks).toString());
  response.writeHead(200, { "content-type": "application/json", "content-length": OK.length });
  response.end(OK);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  serveCalls({}, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
