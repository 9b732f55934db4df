import { setImmediate, setTimeout } from "node:timers/promises";
import type { Emulator } from "../../src/emulator/emulator.ts";
import type { Draw } from "../support/draw.ts";
import type { Answer, Question, Server } from "./open-site.ts";
import type { OrderOp, PaymentName, Shown } from "./order-model.ts";

export interface Recorded {
  readonly orderId: string;
  readonly ops: readonly OrderOp[];
  readonly lastsMs: number;
  /** How many calls were not answered, or with a fault of the world. */
  readonly unanswered: number;
}

export const TOTAL = 1000;
const CLIENTS = 4;
const OPS_OF_A_CLIENT = 3;
const APPROVED_WITHIN_MS = 120;

type Ids = Readonly<Record<PaymentName, string>>;
type Wish = OrderOp extends infer Op
  ? Op extends OrderOp
    ? Omit<Op, "calledAt" | "endedAt" | "answer">
    : never
  : never;

/** What clients do, by weight. */
const WISHES: readonly (readonly [number, Wish])[] = [
  [6, { kind: "complete", payment: "A" }],
  [3, { kind: "complete", payment: "B" }],
  [3, { kind: "webhook", payment: "A" }],
  [1, { kind: "webhook", payment: "B" }],
  [3, { kind: "cancel" }],
  [3, { kind: "refund", key: 1, amount: 600 }],
  [2, { kind: "refund", key: 2, amount: 300 }],
  [1, { kind: "refund", key: 3, amount: 500 }],
  [7, { kind: "read" }],
];

/** One order, some clients at the same time, each request to any server; what was asked and answered, and when. */
export async function recordHistory(parts: {
  readonly emulator: Emulator;
  readonly servers: readonly Server[];
  readonly draw: Draw;
}): Promise<Recorded> {
  const { draw, emulator, servers } = parts;
  const registered = await draw.pick(servers)({
    method: "POST",
    path: "/v1/orders",
    body: { name: "감귤", amount: TOTAL },
  });
  const startedAt = performance.now();
  const orderId = String(registered.body["merchant_uid"]);
  const pay = () =>
    emulator.pay({ merchant_uid: orderId, amount: TOTAL, sandbox: true, status: "ready" }).imp_uid;
  const recorder = new Recorder({ ...parts, orderId, ids: { A: pay(), B: pay() } });
  // Each buyer's payment is approved before the clients begin, or meanwhile, or never.
  const isEarly = { A: draw.chance(0.25), B: draw.chance(0.15) };
  for (const payment of ["A", "B"] as const) if (isEarly[payment]) recorder.approve(payment);
  const plans = Array.from({ length: CLIENTS }, () =>
    Array.from({ length: OPS_OF_A_CLIENT }, () => [draw.weighted(WISHES), drawPause(draw)] as const),
  );
  const late = (["A", "B"] as const).filter((payment) => !isEarly[payment] && draw.chance(0.6));
  const approvals = late.map(async (payment) => {
    await setTimeout(draw.int(0, APPROVED_WITHIN_MS));
    recorder.approve(payment);
  });
  await Promise.all([...approvals, ...plans.map((plan) => act(recorder, plan))]);
  // Whatever was answered is there for everybody afterwards.
  for (const server of servers) await recorder.record({ kind: "read" }, server);
  const { ops, unanswered } = recorder;
  return { orderId, ops, unanswered, lastsMs: performance.now() - startedAt };
}

async function act(recorder: Recorder, plan: readonly (readonly [Wish, number])[]): Promise<void> {
  for (const [wish, pauseMs] of plan) {
    if (pauseMs === 0) await setImmediate();
    else await setTimeout(pauseMs);
    await recorder.record(wish);
  }
}

function drawPause(draw: Draw): number {
  return draw.chance(0.6) ? 0 : draw.int(1, 8);
}

interface RecorderParts {
  readonly emulator: Emulator;
  readonly servers: readonly Server[];
  readonly draw: Draw;
  readonly orderId: string;
  readonly ids: Ids;
}

class Recorder {
  readonly ops: OrderOp[] = [];
  unanswered = 0;
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  approve(payment: PaymentName): void {
    const calledAt = performance.now();
    this.#parts.emulator.lateApprove(this.#parts.ids[payment]);
    this.ops.push({ kind: "approve", payment, answer: "approved", calledAt, endedAt: performance.now() });
  }

  async record(wish: Wish, server = this.#parts.draw.pick(this.#parts.servers)): Promise<void> {
    if (wish.kind === "approve") return;
    const calledAt = performance.now();
    const answer = await server(this.#question(wish)).catch(() => undefined);
    const endedAt = performance.now();
    const read = answer === undefined ? undefined : readAnswer(wish.kind, answer, this.#parts.ids);
    if (read === undefined) {
      this.unanswered += 1;
      this.ops.push({ ...wish, calledAt, endedAt: Number.POSITIVE_INFINITY });
    } else this.ops.push({ ...wish, calledAt, endedAt, answer: read } as OrderOp);
  }

  #question(wish: Exclude<Wish, { kind: "approve" }>): Question {
    const { orderId, ids } = this.#parts;
    const path = `/v1/orders/${orderId}`;
    const post = (to: string, body: object) => ({ method: "POST", path: to, body }) as const;
    switch (wish.kind) {
      case "complete":
        return post("/payments/complete", { imp_uid: ids[wish.payment], merchant_uid: orderId });
      case "webhook":
        return post("/webhooks/iamport", {
          imp_uid: ids[wish.payment],
          merchant_uid: orderId,
          status: "paid",
        });
      case "cancel":
        return post(`${path}/cancel`, { reason: "sold out" });
      case "refund": {
        const headers = { "idempotency-key": `${orderId}-${wish.key}` };
        return { ...post(`${path}/refunds`, { amount: wish.amount, reason: "sent back" }), headers };
      }
      case "read":
        return { method: "GET", path };
    }
  }
}

/** What an answer says in the model's words; undefined for one that says nothing of the order. */
function readAnswer(kind: OrderOp["kind"], { status, body }: Answer, ids: Ids): OrderOp["answer"] {
  if (status >= 500 || status === 429) return undefined;
  switch (kind) {
    case "complete":
      return ({ success: "success", closed: "closed", pending: "pending" } as const)[String(body["status"])];
    case "webhook":
      return status === 200 ? "stored" : undefined;
    case "cancel":
      return status === 200
        ? "cancelled"
        : body["code"] === "order_already_paid"
          ? "already_paid"
          : undefined;
    case "refund": {
      if (status === 202) return "accepted";
      if (body["code"] === "order_not_paid") return "not_paid";
      const isTooMuch = body["code"] === "refund_exceeds_rest" || body["code"] === "nothing_to_refund";
      return isTooMuch ? "too_much" : undefined;
    }
    case "read":
      return status === 200 ? readOrder(body, ids) : undefined;
    case "approve":
      return undefined;
  }
}

function readOrder(body: Record<string, unknown>, ids: Ids): Shown {
  const payer = body["imp_uid"];
  const paidBy = payer === null ? undefined : payer === ids.A ? "A" : "B";
  const refunds = (body["refunds"] as readonly unknown[]).length;
  return { status: String(body["status"]), paidBy, refunded: Number(body["refunded_amount"]), refunds };
}
