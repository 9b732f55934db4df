import { createServer, type Server } from "node:http";
import Fastify from "fastify";
import { registerAdminApi } from "./admin-api.ts";
import { askConfirmUrl } from "./confirm-call.ts";
import { DEVELOPMENT_MERCHANT } from "./merchant.ts";
import { type LedgerRow, Model } from "./model.ts";
import type { PaymentEdit } from "./model-mutate.ts";
import type { WindowOpening, WindowOutcome, WindowRequest, WindowSettlement } from "./model-window.ts";
import { type AnswerOverride, type OverrideMatch, Overrides } from "./overrides.ts";
import { registerPages } from "./pages/register.ts";
import type { NewPayment, PaymentRecord } from "./payment-record.ts";
import { RequestLog } from "./request-log.ts";
import { isRestPath } from "./rest-routes.ts";
import { serveRest } from "./rest-server.ts";
import { StateFile } from "./state-file.ts";
import type { Switches } from "./switches.ts";
import { TokenLevers } from "./token-levers.ts";
import type { WebhookFormat } from "./webhook-message.ts";
import { WebhookSender } from "./webhook-sender.ts";

export interface EmulatorOptions {
  /** 127.0.0.1. */
  readonly host?: string;
  /** 0 = any free one. */
  readonly port?: number;
  /** The clock, in milliseconds; the machine's. */
  readonly now?: () => number;
  /** Ids and tokens follow from it; from the clock when left out, so that a restart does not repeat ids. */
  readonly seed?: number;
  readonly webhookUrl?: string;
  readonly webhookFormat?: WebhookFormat;
  readonly switches?: Partial<Switches>;
  /** How much later GET /payments/{imp_uid} answers, in milliseconds; 0. */
  readonly delayMs?: number;
  /** Payments are kept here and known again after a restart; kept nowhere when left out. */
  readonly stateFile?: string;
}

/** A running i'mport, and every lever that moves it. All of them are under /admin/api too. */
export interface Emulator extends AsyncDisposable {
  readonly url: string;
  readonly impKey: string;
  readonly impSecret: string;
  readonly userCode: string;
  readonly seed: number;
  readonly model: Model;
  readonly requests: RequestLog;
  readonly tokens: TokenLevers;
  readonly webhooks: WebhookSender;
  readonly overrides: Overrides;
  delayMs: number;
  /** Puts a payment into the books in any state. Sends no webhook unless told so by `notify`. */
  pay(fields?: NewPayment): PaymentRecord;
  /** Changes fields of a payment behind everybody's back; no rule is applied, no webhook sent. */
  edit(impUid: string, fields: PaymentEdit): PaymentRecord;
  /** Opens the payment window: a `ready` record, or the SDK's refusal. */
  openWindow(request: WindowRequest): WindowOpening;
  /** Ends it the buyer's way, confirm call and webhook included; undefined when no such window is open. */
  settleWindow(impUid: string, outcome: WindowOutcome): Promise<WindowSettlement | undefined>;
  deposit(impUid: string, amount?: number | string): PaymentRecord;
  expire(impUid: string): PaymentRecord;
  cancelFromConsole(impUid: string, amount?: number | string): PaymentRecord;
  silentCancel(impUid: string, amount?: number | string): PaymentRecord;
  lateApprove(impUid: string): PaymentRecord;
  reverseDeposit(impUid: string): PaymentRecord;
  fail(impUid: string, reason?: string): PaymentRecord;
  /** From now on the PG refuses to cancel this payment, in these words; null = it agrees again. */
  refuseCancels(impUid: string, reason: string | null): PaymentRecord;
  /** From now on the PG takes the cancels of this payment and carries none out before `finishCancels`. */
  deferCancels(impUid: string): PaymentRecord;
  finishCancels(impUid: string): PaymentRecord;
  /** Makes answers differ. @returns a function that ends it */
  override(match: OverrideMatch, answer: AnswerOverride): () => void;
  /** True money per payment. */
  ledger(): LedgerRow[];
  /** Moves the gateway's time and sends the webhooks that fall due by it. */
  advance(ms: number): Promise<void>;
  /** Forgets payments, tokens, overrides, logs and levers; address, switches and time stay. */
  reset(): void;
  close(): Promise<void>;
}

/**
 * Starts an i'mport of its own on loopback: REST API, SDK script, payment window, admin page.
 *
 * @throws Error from the operating system when the port is taken
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const now = options.now ?? Date.now;
  const seed = options.seed ?? now();
  const model = new Model({ now, seed, switches: options.switches ?? {} });
  const books = options.stateFile === undefined ? undefined : new StateFile(options.stateFile, model);
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allowUnionTypes: true } },
  });
  const server = createServer();
  server.keepAliveTimeout = 65_000; // longer than any client's, so that no idle connection closes under a request
  const emulator = assemble({ options, model, server, seed, closeApp: () => app.close(), books });
  registerAdminApi(app, emulator);
  registerPages(app, emulator);
  await app.ready();
  const { tokens, requests, overrides, webhooks } = emulator;
  const deps = { model, tokens, requests, overrides, webhooks, lookupDelayMs: () => emulator.delayMs };
  server.on("request", (request, response) => {
    if (isRestPath(request.url ?? "")) serveRest(deps, { request, response });
    else app.routing(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  model.state.origin = emulator.url;
  return emulator;
}

interface Parts {
  readonly options: EmulatorOptions;
  readonly model: Model;
  readonly server: Server;
  readonly seed: number;
  readonly closeApp: () => Promise<unknown>;
  readonly books: StateFile | undefined;
}

function assemble(parts: Parts): Emulator {
  const { options, model, server } = parts;
  const tokens = new TokenLevers(model);
  const requests = new RequestLog();
  const overrides = new Overrides();
  const webhooks = new WebhookSender(model, { url: options.webhookUrl, format: options.webhookFormat });
  const { impKey, impSecret, userCode } = DEVELOPMENT_MERCHANT;
  let closing: Promise<void> | undefined;
  const close = async () => {
    await webhooks.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await parts.closeApp();
    parts.books?.close();
  };
  return {
    get url() {
      return urlOf(server);
    },
    impKey,
    impSecret,
    userCode,
    seed: parts.seed,
    model,
    requests,
    tokens,
    webhooks,
    overrides,
    delayMs: options.delayMs ?? 0,
    ...paymentLevers(model, webhooks),
    override: (match, answer) => overrides.add(match, answer),
    ledger: () => model.ledger(),
    advance: async (ms) => {
      model.clock.advance(ms);
      await webhooks.runDue();
    },
    reset: () => {
      for (const part of [model, tokens, webhooks]) part.reset();
      requests.clear();
      overrides.clear();
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("Cannot tell the address: the emulator is not listening");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

type PaymentLevers = Pick<
  Emulator,
  | "pay"
  | "edit"
  | "openWindow"
  | "settleWindow"
  | "deposit"
  | "expire"
  | "cancelFromConsole"
  | "silentCancel"
  | "lateApprove"
  | "reverseDeposit"
  | "fail"
  | "refuseCancels"
  | "deferCancels"
  | "finishCancels"
>;

/** The moves of payments, each with its webhook, none on failure (docs/iamport-v1.md 8.1). */
function paymentLevers(model: Model, webhooks: WebhookSender): PaymentLevers {
  return {
    pay: (fields = {}) => {
      const payment = model.createPayment(fields);
      if (fields.notify) webhooks.notify(payment);
      return payment;
    },
    edit: (impUid, fields) => model.editPayment(impUid, fields),
    openWindow: (request) => model.openWindow(request),
    settleWindow: (impUid, outcome) => settle({ model, webhooks }, { impUid, outcome }),
    deposit: (impUid, amount) => {
      const payment = model.deposit(impUid, amount);
      webhooks.notify(payment);
      return payment;
    },
    cancelFromConsole: (impUid, amount) => {
      const payment = model.cancelFromConsole(impUid, amount);
      const cancellation_id = payment.cancel_history.at(-1)?.cancellation_id;
      webhooks.notify(payment, { fields: { status: "cancelled", cancellation_id } });
      return payment;
    },
    lateApprove: (impUid) => {
      const payment = model.lateApprove(impUid);
      webhooks.notify(payment);
      return payment;
    },
    expire: (impUid) => model.expire(impUid),
    silentCancel: (impUid, amount) => model.silentCancel(impUid, amount),
    reverseDeposit: (impUid) => model.reverseDeposit(impUid),
    fail: (impUid, reason) => model.fail(impUid, reason),
    refuseCancels: (impUid, reason) => model.refuseCancels(impUid, reason),
    deferCancels: (impUid) => model.deferCancels(impUid),
    finishCancels: (impUid) => model.finishCancels(impUid),
  };
}

const AFTER_CALLBACK_MS = 1_000;

/** The confirm call comes first; webhook and callback come in no order (docs/iamport-v1.md 8.3 and 8.5). */
async function settle(
  deps: { model: Model; webhooks: WebhookSender },
  given: { impUid: string; outcome: WindowOutcome },
): Promise<WindowSettlement | undefined> {
  const { model, webhooks } = deps;
  const { impUid, outcome } = given;
  const payment = model.payment(impUid);
  const isApproval = outcome.kind !== "fail" && outcome.kind !== "cancel";
  const stop =
    payment && isApproval && outcome.kind !== "vbank"
      ? await askConfirmUrl(payment, model.switches)
      : undefined;
  const settled = model.settleWindow(impUid, stop === undefined ? outcome : { kind: "fail", reason: stop });
  if (!settled?.ok) return settled;
  const order = model.switches.webhookOrder;
  if (order === "before") await webhooks.notifyAndWait(settled.payment);
  else webhooks.notify(settled.payment, { delayMs: order === "after" ? AFTER_CALLBACK_MS : 0 });
  return settled;
}
