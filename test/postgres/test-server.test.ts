// Goal: no test run leaves a server or its data behind, however it ends. Method: a process of its own starts one, says where it is,
// and is killed with SIGKILL.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { hasPostgresTool } from "../support/postgres/find-postgres.ts";
import { startPair } from "../support/postgres/start-pair.ts";
import { hasPgBouncer, startPgBouncer } from "../support/postgres/start-pgbouncer.ts";
import { runSql, startPostgres } from "../support/postgres/start-postgres.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const pidOf = (dataFolder: string) =>
  Number(readFileSync(`${dataFolder}/postmaster.pid`, "utf8").split("\n")[0]);

test("startPostgres() ends and is removed when the process that started it is killed", async () => {
  const module = new URL("../support/postgres/start-postgres.ts", import.meta.url).href;
  const script = `import { startPostgres } from ${JSON.stringify(module)};
    const { node, folder } = await startPostgres();
    console.log(JSON.stringify({ data: node.dataFolder, folder: folder.path }));
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { data, folder } = JSON.parse(line);
    const pid = pidOf(data);
    assert.ok(isAlive(pid));
    child.kill("SIGKILL");
    await until("the server is gone", () => !isAlive(pid));
    await until("its folder is gone", () => !existsSync(folder));
  }
});

test("startPostgres() keeps what was committed when the server is killed and started again", async () => {
  await using postgres = await startPostgres();
  await runSql(postgres.adminUrl, "CREATE TABLE kept AS SELECT 7 AS n");
  await postgres.node.kill("SIGKILL");
  await assert.rejects(runSql(postgres.adminUrl, "SELECT 1"));
  await postgres.node.start();
  assert.deepEqual(await runSql(postgres.adminUrl, "SELECT n FROM kept"), [{ n: 7 }]);
  const [settings] = await runSql(
    postgres.adminUrl,
    "SELECT current_setting('fsync') || current_setting('synchronous_commit') AS durable",
  );
  assert.deepEqual(settings, { durable: "onon" });
});

test("makeDatabase() makes one per call, and the same one for one name", async () => {
  const [one, other] = await Promise.all([makeDatabase(), makeDatabase()]);
  assert.notEqual(one, other);
  await runSql(one, "CREATE TABLE mine (n INT)");
  assert.deepEqual(await runSql(other, "SELECT 1 FROM pg_class WHERE relname = 'mine'"), []);
  const [same, again] = await Promise.all([makeDatabase("a name"), makeDatabase("a name")]);
  assert.equal(same, again);
  for (const url of [one, other, same]) await dropDatabase(url);
  await assert.rejects(runSql(one, "SELECT 1"));
});

test("startPair() keeps on the standby what the primary has answered", {
  skip: hasPostgresTool("pg_basebackup") ? false : "pg_basebackup is not installed",
}, async () => {
  await using pair = await startPair();
  await runSql(pair.first.adminUrl, "CREATE TABLE kept (n INT)");
  await runSql(pair.first.adminUrl, "INSERT INTO kept VALUES (7)");
  await pair.primary.kill("SIGKILL");
  await assert.rejects(runSql(pair.standbyUrl, "INSERT INTO kept VALUES (8)"), { code: "25006" });
  await pair.promote();
  await runSql(pair.standbyUrl, "INSERT INTO kept VALUES (8)");
  assert.deepEqual(await runSql(pair.standbyUrl, "SELECT n FROM kept"), [{ n: 7 }, { n: 8 }]);
});

test("startPgBouncer() leads to the same database, a transaction at a time", {
  skip: hasPgBouncer() ? false : "PgBouncer is not installed",
}, async () => {
  await using postgres = await startPostgres();
  await using bouncer = await startPgBouncer(postgres.adminUrl);
  const through = bouncer.through(postgres.adminUrl);
  assert.equal(new URL(through).searchParams.get("pgbouncer"), "true");
  await runSql(through, "CREATE TABLE pooled AS SELECT 7 AS n");
  assert.deepEqual(await runSql(postgres.adminUrl, "SELECT n FROM pooled"), [{ n: 7 }]);
});
