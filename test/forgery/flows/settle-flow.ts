import type { Run } from "./flow-run.ts";
import { untilIdle } from "./take-step.ts";

interface Counts {
  orders: number;
  paidOrders: number;
  discrepancies: number;
  events: number;
}

/** The end of a flow: the server has looked by itself; orders, discrepancies, events and money are what the oracle says. */
export async function settleFlow(run: Run, counts: Counts): Promise<void> {
  const { world, oracle, faults } = run;
  if (faults.length > 0) return;
  for (const { id, isRegistered } of oracle.orders) {
    if (!isRegistered) {
      await settleUnknown(run, id);
      continue;
    }
    await untilIdle(world.dojang, id);
    const { body } = await world.dojang.read(id);
    const fault = oracle.see(id, { status: body.status, payer: body.imp_uid ?? undefined });
    if (fault !== undefined) faults.push(fault);
    const payers = oracle.payersOf(id);
    if (payers.length > 0 && body.imp_uid === null)
      faults.push(`${id} is not paid, though ${payers[0]?.id} pays it`);
    const open = body.discrepancies.map((one: Shown) => `${one.kind} ${one.imp_uid}`).toSorted();
    expectSame(run, `discrepancies of ${id}`, { seen: open, expected: oracle.discrepancies(id) });
    const told = eventsOf(run, id);
    expectSame(run, `events of ${id}`, { seen: told, expected: eventsDue(run, id) });
    counts.orders += 1;
    counts.paidOrders += body.imp_uid === null ? 0 : 1;
    counts.discrepancies += open.length;
    counts.events += told.length;
  }
  const returned = world.emulator
    .ledger()
    .filter(
      ({ imp_uid, cancelled }) => cancelled !== "0" && oracle.payments.some(({ id }) => id === imp_uid),
    );
  if (returned.length > 0) faults.push(`money went back: ${JSON.stringify(returned)}`);
}

interface Shown {
  readonly kind: string;
  readonly imp_uid: string | null;
}

async function settleUnknown({ world, faults }: Run, orderId: string): Promise<void> {
  const { status } = await world.dojang.read(orderId);
  if (status !== 404) faults.push(`${orderId} was never registered, and reads as ${status}`);
}

/** What the shop was told of this order that it may act on: who paid it, and what does not fit. */
function eventsOf({ world }: Run, orderId: string): string[] {
  return world.shop.received
    .filter(({ body }) => body.includes(orderId))
    .map(({ body }) => JSON.parse(body))
    .filter(({ data }) => data.merchant_uid === orderId)
    .filter(({ type }) => type === "order.paid" || type === "discrepancy.opened")
    .map(({ type, data }) => `${type} ${data.imp_uid}`)
    .toSorted();
}

function eventsDue({ oracle }: Run, orderId: string): string[] {
  const payer = oracle.payer(orderId);
  const opened = oracle.discrepancies(orderId).map((text) => `discrepancy.opened ${text.split(" ")[1]}`);
  return [...(payer === undefined ? [] : [`order.paid ${payer}`]), ...opened].toSorted();
}

function expectSame(
  { faults }: Run,
  what: string,
  { seen, expected }: { readonly seen: readonly string[]; readonly expected: readonly string[] },
): void {
  if (seen.join() !== expected.join())
    faults.push(`${what}: expected [${expected.join(", ")}], seen [${seen.join(", ")}]`);
}
