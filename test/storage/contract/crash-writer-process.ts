// Run by crash-writer.ts: node crash-writer-process.ts <engine> <location>
import { writeSync } from "node:fs";
import type { Store } from "../../../src/storage/store.ts";
import { ENGINES } from "../../support/engines.ts";
import { application, registration, SAMPLE_TIME, sampleOrder, samplePayment } from "./samples.ts";

const WRITERS = 16;
const ORDERS_EACH = 8;

/** At once, not buffered: the kill must not take an answer with it. */
function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

async function payOne(store: Store, orderId: string): Promise<void> {
  const order = sampleOrder({ orderId });
  const paymentId = `imp_${orderId}`;
  const task = { kind: "look", key: `look:${orderId}`, repeat: "once", dueAt: SAMPLE_TIME, orderId } as const;
  await store.transact({ orderId }, () => registration(order));
  await store.transact({ orderId, paymentId }, () => ({
    ...application(order, samplePayment({ orderId, paymentId })),
    tasks: [task],
  }));
}

const [, , engineName, location = ""] = process.argv;
const engine = ENGINES.find(({ name }) => name === engineName);
if (engine === undefined) throw new Error(`There is no engine ${engineName}`);

try {
  const { store, faults } = await engine.openAt(location);
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let index = 0; index < ORDERS_EACH; index += 1) {
        const orderId = `answered_${writer}_${index}`;
        await payOne(store, orderId);
        tell(`answered ${orderId}`);
      }
    }),
  );
  const doomed = Array.from({ length: WRITERS }, (_, writer) => `doomed_${writer}`);
  faults.beforeNextCommit(() => {
    for (const orderId of doomed) tell(`doomed ${orderId}`);
    process.kill(process.pid, "SIGKILL");
  });
  await Promise.all(doomed.map((orderId) => payOne(store, orderId)));
} catch (error) {
  tell(`refused ${error instanceof Error ? error.message : error}`);
}
