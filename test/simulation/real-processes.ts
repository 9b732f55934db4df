import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startEmulator } from "../../src/emulator/emulator.ts";
import { type RunningServer, startServer } from "../process/server-process.ts";
import { leftMinor } from "../support/bank.ts";
import { Draw } from "../support/draw.ts";
import { Books, isOpen } from "./books.ts";
import type { Must } from "./invariants/invariants.ts";
import { RefundPromises } from "./invariants/refunds.ts";
import { BrokenPromise } from "./story.ts";

const ORDERS = 3;
const AMOUNT = 50_000;
const SETTLE_MS = 10_000;

/**
 * The same against the real process and the real clock: so many lives on one file, each killed with SIGKILL at a moment that the seed
 * names while refunds are asked for, clicked again and sent, and answers are lost.
 *
 * @returns one line of figures
 * @throws {BrokenPromise}
 */
export async function killRealProcesses({ lives, seed }: { lives: number; seed: number }): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "dojang-lives-"));
  const draw = new Draw(seed);
  await using emulator = await startEmulator({ seed });
  emulator.webhooks.auto = false;
  emulator.override({ method: "POST", path: "/payments/cancel", times: lives }, { reset: true });
  const env = {
    DATABASE_URL: `sqlite:${join(folder, "dojang.db")}`,
    DOJANG_RATE_LIMIT: "off",
    IMP_API_URL: emulator.url,
    IMP_KEY: emulator.impKey,
    IMP_SECRET: emulator.impSecret,
  };
  const asked: Asked[] = [];
  try {
    for (let life = 0; life < lives; life++) {
      const server = await startServer(env);
      await Promise.all(asked.map((one) => ask(server, one)));
      for (let n = 0; n < ORDERS; n++) asked.push(...(await payOne(server, { emulator, draw, life })));
      const clicks = asked.flatMap((one) => [ask(server, one), ask(server, one)]);
      await setTimeout(draw.int(1, 200));
      server.child.kill("SIGKILL");
      await Promise.all([...clicks, server.ended]);
    }
    await using server = await startServer(env);
    await Promise.all(asked.map((one) => ask(server, one)));
    return await check({ path: join(folder, "dojang.db"), payments: emulator.model.state.payments, asked });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Asked {
  readonly order: string;
  readonly key: string;
  readonly amount: number;
  refundId?: string;
}

async function payOne(
  server: RunningServer,
  { emulator, draw, life }: { emulator: Awaited<ReturnType<typeof startEmulator>>; draw: Draw; life: number },
): Promise<Asked[]> {
  const order = String(
    (await server.post("/v1/orders", { name: "감귤", amount: AMOUNT })).body["merchant_uid"],
  );
  const { imp_uid } = emulator.pay({ merchant_uid: order, amount: AMOUNT, sandbox: true });
  await server.post("/payments/complete", { imp_uid, merchant_uid: order });
  const amounts = [draw.int(1, 10) * 1000, draw.int(1, 40) * 1000];
  return amounts.map((amount, n) => ({ order, amount, key: `life-${life}-${n}` }));
}

/** One click: it may meet a process that is gone. */
async function ask(server: RunningServer, one: Asked): Promise<void> {
  const body = { amount: one.amount, reason: "sent back" };
  const path = `/v1/orders/${one.order}/refunds`;
  const answer = await server.post(path, body, { "idempotency-key": one.key }).catch(() => undefined);
  if (answer?.status !== 202) return;
  const id = String(answer.body["id"]);
  if (one.refundId !== undefined && one.refundId !== id)
    throw new Error(`${one.key} was ${one.refundId} and is ${id}`);
  one.refundId = id;
}

type Payments = Awaited<ReturnType<typeof startEmulator>>["model"]["state"]["payments"];

/** Waits until nothing moves, or ten seconds: what was marked and perhaps never sent waits its minute, and is left out. */
async function check(of: { path: string; payments: Payments; asked: readonly Asked[] }): Promise<string> {
  const books = new Books(of.path);
  const all = [...of.payments.values()];
  const none = { refused: new Set<string>(), odd: new Set<string>(), behind: new Set<string>() };
  const payment = (id: string) => {
    const found = of.payments.get(id);
    if (found === undefined) throw new Error(`Invariant violated: ${id} was paid here`);
    return found;
  };
  const bank = { payments: () => all, payment, ...none };
  const must: Must = (id, holds, otherwise) => {
    if (!holds) throw new BrokenPromise(`${id}: ${otherwise()}`);
  };
  const promises = new RefundPromises({ bank, books, toleranceMs: 0 }, must);
  try {
    const stopAt = Date.now() + SETTLE_MS;
    while (Date.now() < stopAt && books.refunds().some(isOpen)) await setTimeout(100);
    promises.afterStep();
    const rows = books.refunds();
    const lost = of.asked.filter(({ refundId }) => !rows.some((row) => row.refund_id === refundId));
    if (lost.length > 0) throw new Error(`${lost.length} refunds were accepted and are not there`);
    const left = rows.filter(isOpen);
    const back = all.reduce((sum, payment) => sum + AMOUNT - leftMinor(payment), 0);
    return `${rows.length} refunds, ${left.length} wait their minute, ${back} KRW gave back, ${all.length} payments`;
  } finally {
    books.close();
  }
}
