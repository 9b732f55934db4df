import type { TestDojang } from "./dojang.ts";
import { until } from "./until.ts";

/** Waits until every hint for this payment has been followed by its look: hints in quick succession share one, a little later. */
export async function untilHintsDone({ dojang }: TestDojang, impUid: string): Promise<void> {
  const key = `verify:${impUid}`;
  await until(`${key} is done`, async () => {
    const tasks = await dojang.deps.store.readTasks({ limit: 10_000 });
    return tasks.find((task) => task.key === key)?.state === "done";
  });
}
