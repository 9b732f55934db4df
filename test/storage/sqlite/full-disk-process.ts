// Run by open-sqlite-store.test.ts under a limit on file sizes: node full-disk-process.ts <path>
import { writeSync } from "node:fs";
import { DojangError } from "../../../src/errors.ts";
import { openSqliteStore } from "../../../src/storage/sqlite/open-sqlite-store.ts";
import { registration, sampleOrder, samplePayment, standingClock } from "../contract/samples.ts";

const ATTEMPTS_MAX = 2_000;

const [, , path = ""] = process.argv;
const store = await openSqliteStore({ path, clock: standingClock(), dataKey: new Uint8Array(32).fill(7) });
const fatal: string[] = [];
store.onFatal((error) => fatal.push(error instanceof DojangError ? error.code : String(error)));

const answered: string[] = [];
const refusals = new Set<string>();
for (let index = 0; index < ATTEMPTS_MAX && store.isReady(); index += 8) {
  await Promise.all(
    Array.from({ length: 8 }, async (_, member) => {
      const orderId = `disk_${String(index + member).padStart(6, "0")}`;
      const payment = samplePayment({ orderId, paymentId: `imp_${orderId}`, raw: "x".repeat(5_000) });
      const decision = { ...registration(sampleOrder({ orderId })), payments: [payment] };
      try {
        await store.transact({ orderId }, () => decision);
        answered.push(orderId);
      } catch (error) {
        refusals.add(error instanceof DojangError ? error.code : String(error));
      }
    }),
  );
}
const report = { answered, refusals: [...refusals], isReady: store.isReady(), fatal };
writeSync(1, JSON.stringify(report));
process.exit(0);
