// How much of a CPU one durable write costs, and how many there are a second. Run: node test/storage/bench.ts
import type { Aggregate } from "../../src/domain/decision.ts";
import { ENGINES } from "../support/engines.ts";
import { application, registration, sampleOrder, samplePayment } from "./contract/samples.ts";

const COUNT = Number(process.argv[2] ?? 20_000);
const RAW = JSON.stringify({ filler: "x".repeat(2_000) });

for (const engine of ENGINES) {
  for (const callers of [1, 64]) {
    await using opened = await engine.open();
    const { store } = opened;
    const run = async (label: string, work: (index: number) => Promise<unknown>) => {
      const count = callers === 1 ? COUNT / 10 : COUNT;
      let next = 0;
      const latencies: number[] = [];
      const cpu = process.cpuUsage();
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: callers }, async () => {
          while (next < count) {
            next += 1;
            const began = performance.now();
            await work(next);
            latencies.push(performance.now() - began);
          }
        }),
      );
      const seconds = (performance.now() - startedAt) / 1_000;
      const { user, system } = process.cpuUsage(cpu);
      latencies.sort((one, other) => one - other);
      const at = (part: number) => latencies[Math.floor(latencies.length * part)]?.toFixed(2);
      console.log(
        `${engine.name} ${label}, ${callers} callers: ${Math.round(count / seconds)}/s, ` +
          `CPU ${((user + system) / count).toFixed(1)} us (user ${(user / count).toFixed(1)}), p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
      );
    };
    const id = (index: number) => `dj_bench_${String(index).padStart(12, "0")}_${callers}`;
    await run("register", (index) =>
      store.transact({ orderId: id(index) }, () =>
        registration(
          sampleOrder({
            orderId: id(index),
            customer: { id: "c1", name: "Kim", email: "kim@example.com", tel: "010-1234-5678" },
          }),
        ),
      ),
    );
    await run("complete", (index) => {
      const paymentId = `imp_${String(index).padStart(12, "0")}`;
      const target = {
        orderId: id(index),
        paymentId,
        pgTransaction: { provider: "nice", id: `tid-${paymentId}` },
      };
      return store.transact(target, (aggregate: Aggregate) => {
        if (aggregate.order === undefined) throw new Error("The order is missing");
        return application(aggregate.order, samplePayment({ orderId: id(index), paymentId, raw: RAW }));
      });
    });
    await run("no-op", (index) => store.transact({ orderId: id(index) }, () => ({ outcome: 1 })));
    await run("read", (index) => store.readOrder(id(index)));
  }
}
