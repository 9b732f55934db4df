import type { FastifyInstance } from "fastify";
import type { Emulator } from "./emulator.ts";
import { LeverRefusal } from "./lever-refusal.ts";
import type { PaymentEdit } from "./model-mutate.ts";
import type { WindowOutcome, WindowRequest } from "./model-window.ts";
import { EDIT_SCHEMA, NEW_PAYMENT_SCHEMA } from "./new-payment-schema.ts";
import type { NewPayment, PaymentRecord } from "./payment-record.ts";
import type { WebhookVariant } from "./webhook-message.ts";

type ById = { Params: { impUid: string } };

const AMOUNT = { type: ["number", "string", "null"] };
const MOVE = {
  body: {
    type: "object",
    additionalProperties: false,
    properties: { amount: AMOUNT, reason: { type: ["string", "null"] } },
  },
};
const FLAT = { type: "object", additionalProperties: { type: "string" } };
const VARIANT = {
  body: {
    type: "object",
    additionalProperties: false,
    properties: {
      body: { type: "string" },
      contentType: { type: "string" },
      headers: FLAT,
      copies: { type: "integer", minimum: 1, maximum: 10_000 },
      parallel: { type: "integer", minimum: 1, maximum: 100 },
      delayMs: { type: "integer", minimum: 0 },
      url: { type: "string", pattern: "^https?://" },
      format: { enum: ["json", "form"] },
      fields: { type: "object" },
      sourceAddress: { type: "string" },
    },
  },
};

interface MoveBody {
  readonly amount?: number | string | null;
  readonly reason?: string | null;
}

/** What a move of one payment is called in the path, and what it does. */
const MOVES: Readonly<
  Record<string, (emulator: Emulator, move: MoveBody & { impUid: string }) => PaymentRecord>
> = {
  deposit: (emulator, { impUid, amount }) => emulator.deposit(impUid, amount ?? undefined),
  expire: (emulator, { impUid }) => emulator.expire(impUid),
  cancel: (emulator, { impUid, amount }) => emulator.cancelFromConsole(impUid, amount ?? undefined),
  "silent-cancel": (emulator, { impUid, amount }) => emulator.silentCancel(impUid, amount ?? undefined),
  "late-approve": (emulator, { impUid }) => emulator.lateApprove(impUid),
  "reverse-deposit": (emulator, { impUid }) => emulator.reverseDeposit(impUid),
  fail: (emulator, { impUid, reason }) => emulator.fail(impUid, reason ?? undefined),
  "refuse-cancels": (emulator, { impUid, reason }) => emulator.refuseCancels(impUid, reason ?? null),
  "defer-cancels": (emulator, { impUid }) => emulator.deferCancels(impUid),
  "finish-cancels": (emulator, { impUid }) => emulator.finishCancels(impUid),
};

/** Payments: make, look, move, edit, and their webhooks. */
export function registerAdminPayments(api: FastifyInstance, emulator: Emulator): void {
  api.get("/payments", () => [...emulator.model.state.payments.values()]);
  api.get<ById>("/payments/:impUid", (request, reply) => {
    const payment = emulator.model.payment(request.params.impUid);
    return (
      payment ??
      reply.code(404).send({ message: `Cannot show payment: ${request.params.impUid} does not exist` })
    );
  });
  api.post<{ Body: NewPayment }>("/payments", { schema: { body: NEW_PAYMENT_SCHEMA } }, (request, reply) =>
    reply.code(201).send(emulator.pay(request.body)),
  );
  api.patch<ById & { Body: PaymentEdit }>("/payments/:impUid", { schema: { body: EDIT_SCHEMA } }, (request) =>
    emulator.edit(request.params.impUid, request.body),
  );
  for (const [name, move] of Object.entries(MOVES)) {
    api.post<ById & { Body: MoveBody }>(`/payments/:impUid/${name}`, { schema: MOVE }, (request) =>
      move(emulator, { ...request.body, impUid: request.params.impUid }),
    );
  }
  api.post<ById & { Body: WebhookVariant }>("/payments/:impUid/webhook", { schema: VARIANT }, (request) =>
    emulator.webhooks.send(request.params.impUid, request.body),
  );
  api.get("/ledger", () => emulator.ledger());
  registerWindows(api, emulator);
}

const WINDOW = {
  body: {
    type: "object",
    required: ["params"],
    properties: {
      userCode: { type: "string" },
      tier: { type: ["string", "null"] },
      params: { type: "object" },
    },
  },
};
const OUTCOME = {
  body: {
    type: "object",
    required: ["kind"],
    properties: { kind: { enum: ["card", "easypay", "trans", "phone", "vbank", "fail", "cancel"] } },
  },
};

/** The payment window without a browser: open it as the SDK would, and end it as a buyer would. */
function registerWindows(api: FastifyInstance, emulator: Emulator): void {
  api.post<{ Body: WindowRequest }>("/windows", { schema: WINDOW }, (request) =>
    emulator.openWindow({ ...request.body, userCode: request.body.userCode ?? emulator.userCode }),
  );
  api.post<ById & { Body: WindowOutcome }>(
    "/windows/:impUid/settle",
    { schema: OUTCOME },
    async (request) => {
      const settled = await emulator.settleWindow(request.params.impUid, request.body);
      if (!settled) throw new LeverRefusal(`Cannot settle window: ${request.params.impUid} is not open`);
      return settled;
    },
  );
}
