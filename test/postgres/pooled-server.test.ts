// Goal: the whole server works behind a transaction pooler, and the owner's command too. Method: PgBouncer in transaction mode before a
// fresh database, the real server under the role that owns nothing, and one payment from its order to its refund.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { migrateDatabase } from "../../src/storage/migrate-database.ts";
import { peekDatabase } from "../../src/storage/peek-database.ts";
import { verifyAudit } from "../../src/storage/verify-audit.ts";
import { startTestDojang } from "../support/dojang.ts";
import { hasPgBouncer, startPgBouncer } from "../support/postgres/start-pgbouncer.ts";
import { LEAST_ROLE, runSql } from "../support/postgres/start-postgres.ts";
import { asRole, dropDatabase, makeDatabase, sharedPostgres } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";

test("the server behind PgBouncer: migrate, order, webhook, complete, refund, doctor, audit", {
  skip: hasPgBouncer() ? false : "PgBouncer is not installed, so nothing is known of transaction poolers",
}, async () => {
  await using emulator = await startEmulator();
  await using bouncer = await startPgBouncer(await sharedPostgres());
  emulator.webhooks.auto = false;
  const url = await makeDatabase();
  await runSql(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  const owner = { kind: "postgres", url: bouncer.through(url) } as const;
  const order = { isDryRun: false, grantTo: LEAST_ROLE, now: 0 };
  const made = await Promise.all([migrateDatabase(owner, order), migrateDatabase(owner, order)]);
  assert.ok(made.flatMap(({ steps }) => steps).includes("0001-store"));
  const least = bouncer.through(asRole(url, LEAST_ROLE));
  await using dojang = await startTestDojang({ emulator, env: { DATABASE_URL: least }, sweeps: true });
  const pay = (merchant_uid: string) => emulator.pay({ merchant_uid, amount: 50_000, sandbox: true }).imp_uid;
  const status = async (id: string) => (await dojang.read(id)).body.status;
  const { merchant_uid: told } = (await dojang.order()).body;
  await dojang.webhook({ imp_uid: pay(told), merchant_uid: told });
  await until("the webhook's order is paid", async () => (await status(told)) === "paid");
  const { merchant_uid: completed } = (await dojang.order()).body;
  const ids = { imp_uid: pay(completed), merchant_uid: completed };
  const answers = await Promise.all(Array.from({ length: 20 }, () => dojang.complete(ids)));
  assert.deepEqual([...new Set(answers.map(({ body }) => body.status))], ["success"]);
  const back = await dojang.request("POST", `/v1/orders/${completed}/refunds`, {
    body: { amount: "all", reason: "the buyer sent it back" },
    headers: { "idempotency-key": "pooled-1" },
  });
  assert.equal(back.status, 202, back.text);
  await until("it is refunded", async () => (await status(completed)) === "refunded");
  const peek = await peekDatabase({ kind: "postgres", url: least }, { foundSince: 0 });
  assert.deepEqual([peek?.isDurable, peek?.deadTasks], [true, 0]);
  const report = await verifyAudit(
    { kind: "postgres", url: least },
    { onFault: ({ where }) => assert.fail(where), onProgress: () => {} },
  );
  assert.equal(report?.rows, 1);
  assert.deepEqual(dojang.fatal, []);
  assert.deepEqual(
    dojang.logLines.filter((line) => /permission|internal_error|task_threw|prepared statement/.test(line)),
    [],
  );
  await dojang.close();
  await dropDatabase(url);
});
