import { until } from "../../support/until.ts";
import { orderIdOf, type Run } from "./flow-run.ts";
import type { Step } from "./make-flow.ts";

/** Takes one step over HTTP, holds its answer against the oracle, then both orders. */
export async function takeStep(run: Run, step: Step): Promise<void> {
  const orderId = orderIdOf(run.flow, step.order);
  const expected = expectedOf(run, step, orderId);
  const seen = await STEP[step.name](run, step, orderId);
  run.story.push(
    `${step.name} order ${step.order}, payment ${step.payment} ${run.held[step.payment]}: ${seen}`,
  );
  if (!expected.includes(seen)) run.faults.push(`expected ${expected.join(" or ")}, seen ${seen}`);
  if (SERVERS_OWN.includes(step.name)) for (const { id } of run.oracle.orders) await seeOrder(run, id);
}

/** Steps that reach the server and may move an order: the others are the gateway's, or read. */
const SERVERS_OWN: readonly Step["name"][] = [
  "register",
  "confirm",
  "webhook",
  "complete",
  "redirect",
  "verify",
];

/** What this step may be answered: from the oracle alone. */
function expectedOf(run: Run, { name, payment }: Step, orderId: string): readonly string[] {
  const { oracle, held, flow } = run;
  const order = oracle.order(orderId);
  switch (name) {
    case "register":
      return [order.isRegistered ? "200" : "201"];
    case "open":
    case "approve":
      return ["done"];
    case "confirm":
      return oracle.mayConfirm(orderId, flow.prices[payment]) ? ["200", "409"] : ["409"];
    case "webhook":
      return ["200"];
    case "complete":
    case "redirect":
      return [oracle.answer(held[payment], orderId)];
    case "verify":
      return [order.isRegistered ? "200" : "404"];
    case "ship":
      // Shipped is what the shop reads as paid.
      return order.isRegistered ? [oracle.payer(orderId) === undefined ? "waits" : "ships"] : ["404"];
  }
}

const STEP: Readonly<Record<Step["name"], (run: Run, step: Step, orderId: string) => Promise<string>>> = {
  async register({ world, flow, oracle }, { order }, orderId) {
    const body = { merchant_uid: orderId, name: "감귤 5kg", amount: flow.prices[order] };
    const answer = await world.dojang.request("POST", "/v1/orders", { body });
    if (answer.status < 300) oracle.order(orderId).isRegistered = true;
    await untilIdle(world.dojang, orderId);
    return String(answer.status);
  },
  /** The page of this buyer asks for its own price, whichever order it names. */
  async open({ world, flow, oracle, held }, { payment }, orderId) {
    const amount = flow.prices[payment];
    const opened = { merchant_uid: orderId, amount, status: "ready", sandbox: true } as const;
    const { imp_uid: id } = world.emulator.pay(opened);
    oracle.payments.push({ id, orderId, amount, isPaid: false });
    held[payment] = id;
    return "done";
  },
  async confirm({ world, flow, held }, { payment }, orderId) {
    const body = { imp_uid: held[payment], merchant_uid: orderId, amount: flow.prices[payment] };
    return String((await world.dojang.request("POST", "/payments/confirm", { body })).status);
  },
  async approve({ world, oracle, held }, { payment }) {
    const opened = oracle.payments.find(({ id }) => id === held[payment]);
    if (opened === undefined || opened.isPaid) return "done";
    world.emulator.lateApprove(opened.id);
    opened.isPaid = true;
    return "done";
  },
  async webhook({ world, held }, { payment }, orderId) {
    const body = { imp_uid: held[payment], merchant_uid: orderId, status: "paid" };
    const answer = await world.dojang.webhook(body);
    const { store, clock } = world.dojang.dojang.deps;
    await until("the hint was followed", async () => {
      const task = await store.readTask(`verify:${held[payment]}`);
      return (
        task === undefined || (task.state !== "leased" && (task.state !== "due" || task.dueAt > clock.now()))
      );
    });
    return String(answer.status);
  },
  async complete({ world, held }, { payment }, orderId) {
    const answer = await world.dojang.complete({ imp_uid: held[payment], merchant_uid: orderId });
    return String(answer.body?.status);
  },
  async redirect({ world, held }, { payment }, orderId) {
    const query = new URLSearchParams({ imp_uid: held[payment], merchant_uid: orderId, imp_success: "true" });
    const answer = await world.dojang.request("GET", `/payments/redirect?${query}`);
    if (answer.status === 404) return "notFound";
    return new URL(answer.headers.get("location") ?? "", world.dojang.url).searchParams.get("status") ?? "";
  },
  async verify({ world }, _step, orderId) {
    return String((await world.dojang.request("POST", `/v1/orders/${orderId}/verify`)).status);
  },
  async ship({ world }, _step, orderId) {
    const answer = await world.dojang.read(orderId);
    if (answer.status === 404) return "404";
    return answer.body.status === "paid" ? "ships" : "waits";
  },
};

async function seeOrder({ world, oracle, faults }: Run, orderId: string): Promise<void> {
  const view = await world.dojang.dojang.deps.store.readOrder(orderId);
  if ((view !== undefined) !== oracle.order(orderId).isRegistered) {
    faults.push(`${orderId} is ${view === undefined ? "not here" : "here unregistered"}`);
    return;
  }
  if (view === undefined) return;
  const fault = oracle.see(orderId, { status: view.order.status, payer: view.order.paidBy });
  if (fault !== undefined) faults.push(fault);
}

/** Nothing of this order can run now. */
export async function untilIdle({ dojang }: Run["world"]["dojang"], orderId: string): Promise<void> {
  const { store, clock } = dojang.deps;
  await until(`${orderId} is idle`, async () => {
    const tasks = await store.readTasks({ orderId, limit: 1000 });
    return tasks.every(({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > clock.now()));
  });
}
