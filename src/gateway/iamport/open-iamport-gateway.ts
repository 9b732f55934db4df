import type { Clock } from "../../clock.ts";
import type { Money } from "../../domain/money.ts";
import { isJsonObject } from "../../domain/strict-json.ts";
import type {
  AttemptsResult,
  CancelRequest,
  CancelResult,
  ChannelsResult,
  CloseAccountResult,
  FetchResult,
  Gateway,
  GatewayTrouble,
  ListQuery,
  ListResult,
  PrepareResult,
} from "../gateway.ts";
import { cancelBody, readCancelled } from "./cancel-call.ts";
import { isGatewayRefusal, readEnvelope, textAt } from "./envelope.ts";
import { GATEWAY_LIMITS, type GatewayLimits } from "./gateway-limits.ts";
import type { GatewayLog } from "./gateway-log.ts";
import { type CallPlan, IamportClient } from "./iamport-client.ts";
import { prepareAmount } from "./prepare-amount.ts";
import { readAttempts, readChannels, readList } from "./read-lists.ts";
import { readPayment } from "./read-payment.ts";
import {
  accountLine,
  attemptsLine,
  cancelLine,
  channelsLine,
  listLine,
  paymentLine,
} from "./request-line.ts";
import type { Called, Wire } from "./sender.ts";
import { SharedFetches } from "./shared-fetches.ts";
import { outcomeUnknown, unavailable } from "./trouble.ts";

export interface IamportGatewayOptions {
  /** `https://api.iamport.kr`, or another server that speaks V1. */
  readonly baseUrl: string;
  readonly impKey: string;
  readonly impSecret: string;
  /** The sub-merchant of an agency account: sent with every call, never taken from a caller. */
  readonly tier?: string;
  /** Whether single payments are asked for with `include_sandbox=true`. False in live, always. */
  readonly includeSandbox: boolean;
  readonly clock: Clock;
  readonly log: GatewayLog;
  readonly limits?: Partial<GatewayLimits>;
  readonly random?: () => number;
  /** Default: connections to `baseUrl`. */
  readonly wire?: Wire;
}

/**
 * Opens the client of i'mport's V1 REST API. Nothing is sent until the first call, which logs in.
 *
 * No result, error or log line holds the key, the secret, a token or a byte of an answer, except the snapshot itself.
 * @throws {TypeError} when `baseUrl` is no http(s) address without user, query and fragment
 */
export function openIamportGateway(options: IamportGatewayOptions): Gateway {
  return new IamportGateway(options);
}

class IamportGateway implements Gateway {
  readonly #options: IamportGatewayOptions;
  readonly #limits: GatewayLimits;
  readonly #client: IamportClient;
  readonly #payments: SharedFetches<FetchResult>;

  constructor(options: IamportGatewayOptions) {
    this.#options = options;
    this.#limits = { ...GATEWAY_LIMITS, ...options.limits };
    this.#client = new IamportClient({ random: Math.random, ...options, limits: this.#limits });
    this.#payments = new SharedFetches((paymentId, onSent) => this.#fetchPayment(paymentId, onSent));
  }

  fetchPayment(paymentId: string): Promise<FetchResult> {
    return this.#payments.fetch(paymentId);
  }

  async findAttempts(orderId: string): Promise<AttemptsResult> {
    const called = await this.#client.call({
      line: attemptsLine(orderId),
      bodyBytesMax: this.#limits.listBytesMax,
    });
    if (called.kind !== "answered") return this.#report("findAttempts", called);
    const { answer } = called;
    if (answer.status === 404 && isGatewayRefusal(answer)) return { kind: "found", attempts: [] };
    return this.#report("findAttempts", readAttempts(answer, orderId));
  }

  async listPayments(query: ListQuery): Promise<ListResult> {
    const called = await this.#client.call({
      line: listLine(query),
      bodyBytesMax: this.#limits.listBytesMax,
    });
    if (called.kind !== "answered") return this.#report("listPayments", called);
    const { answer } = called;
    // An empty window is an empty page; some answers for lists without a row are 404.
    if (answer.status === 404 && isGatewayRefusal(answer)) {
      return { kind: "found", total: 0, rows: 0, payments: [] };
    }
    return this.#report("listPayments", readList(answer));
  }

  async listChannels(): Promise<ChannelsResult> {
    const called = await this.#client.call({ line: channelsLine, bodyBytesMax: this.#limits.listBytesMax });
    return this.#report("listChannels", called.kind === "answered" ? readChannels(called.answer) : called);
  }

  async prepareAmount(orderId: string, amount: Money): Promise<PrepareResult> {
    const { paymentBytesMax: bodyBytesMax } = this.#limits;
    const call = (plan: Pick<CallPlan, "line" | "body">) => this.#client.call({ ...plan, bodyBytesMax });
    return this.#report("prepareAmount", await prepareAmount(call, { orderId, amount }));
  }

  async closeAccount(paymentId: string): Promise<CloseAccountResult> {
    const line = accountLine(paymentId);
    const called = await this.#client.call({ line, bodyBytesMax: this.#limits.paymentBytesMax });
    return this.#report("closeAccount", called.kind === "answered" ? readClosing(called) : called);
  }

  async cancelPayment(request: CancelRequest): Promise<CancelResult> {
    const body = cancelBody(request);
    const bodyBytesMax = this.#limits.paymentBytesMax;
    const called = await this.#client.call({ line: cancelLine, body, bodyBytesMax });
    const { paymentId } = request;
    const isAnswered = called.kind === "answered";
    return this.#report("cancelPayment", isAnswered ? readCancelled(called.answer, paymentId) : called);
  }

  clockOffsetMs(): number | undefined {
    return this.#client.clockOffset.ms;
  }

  health() {
    return this.#client.health;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #fetchPayment(paymentId: string, onSent: () => void): Promise<FetchResult> {
    const line = paymentLine(paymentId, this.#options.includeSandbox);
    const called = await this.#client.call({ line, bodyBytesMax: this.#limits.paymentBytesMax, onSent });
    return this.#report("fetchPayment", called.kind === "answered" ? readFetched(called, paymentId) : called);
  }

  #report<T extends { readonly kind: string }>(call: string, result: T): T {
    if (result.kind === "unavailable" || result.kind === "outcome_unknown") {
      const { reason } = result as unknown as GatewayTrouble;
      this.#options.log.warn({ call, kind: result.kind, reason }, "A call to the payment gateway failed");
    }
    return result;
  }
}

/** One payment, or why not. Only HTTP 200, `code` 0 and a `response` about the very id asked for counts as found. */
function readFetched(called: Called, paymentId: string): FetchResult {
  const { answer } = called;
  if (answer.status === 404 && isGatewayRefusal(answer)) return { kind: "not_found" };
  if (answer.status !== 200) return unavailable(`http_${answer.status}`);
  const envelope = readEnvelope(answer);
  if (!envelope.ok) return unavailable(envelope.reason);
  if (!envelope.isSuccess) return unavailable("refused_by_code");
  const { response } = envelope;
  if (!isJsonObject(response)) return unavailable("bad_envelope");
  if (response["imp_uid"] !== paymentId) return unavailable("other_payment");
  const orderId = textAt(response, "merchant_uid");
  if (orderId === undefined) return unavailable("bad_envelope");
  const look = { raw: envelope.text, fetchStartedAt: called.sentAt, fetchEndedAt: called.endedAt };
  return { kind: "found", payment: readPayment(response, { paymentId, orderId }, look) };
}

/** Source: v1 API, DELETE /vbanks/{imp_uid}: 400 when it is no open virtual account, 404 when it is unknown. */
function readClosing({ answer }: Called): CloseAccountResult {
  const { status } = answer;
  if (status === 200) {
    const envelope = readEnvelope(answer);
    if (!envelope.ok) return outcomeUnknown(envelope.reason);
    return envelope.isSuccess ? { kind: "closed" } : { kind: "refused", reason: "refused_by_code" };
  }
  if ((status === 400 || status === 404) && isGatewayRefusal(answer)) {
    return { kind: "refused", reason: `http_${status}` };
  }
  // The request was read by someone: it may have been carried out.
  return status >= 500 ? outcomeUnknown(`http_${status}`) : unavailable(`http_${status}`);
}
