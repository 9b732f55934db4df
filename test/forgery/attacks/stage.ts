import type { NewPayment, PaymentRecord } from "../../../src/emulator/payment-record.ts";
import { LIVE_MERCHANT } from "../../support/forgery.ts";
import type { NewOrder, OrderState, Part, Reply, ShownOrder, Target } from "./target.ts";

/** What the dear order costs, in won, and the cheap one. */
export const DEAR = 50_000;
export const CHEAP = 1000;

/** One try at forging a payment or losing one, against whichever server stands on the stage. */
export interface Attack {
  /** The class that it belongs to. */
  readonly of: string;
  readonly what: string;
  /** It is about a part that the server must have; without it nothing is attacked. */
  readonly needs?: Part;
  /** @returns what went wrong, or undefined when nothing did */
  readonly run: (stage: Stage) => Promise<string | undefined>;
}

/** One attack's part of a target: orders of its own, and no lever of an earlier one. */
export class Stage {
  readonly target: Target;
  readonly #prefix: string;
  #orders = 0;

  constructor(target: Target, prefix: string) {
    this.target = target;
    this.#prefix = prefix;
  }

  get gateway(): Target["emulator"] {
    return this.target.emulator;
  }

  /** Puts an order in, and returns its id. */
  async order(amount = DEAR, fields: Partial<NewOrder> = {}): Promise<string> {
    const id = this.nextId();
    if (!(await this.target.register({ id, amount, ...fields }))) throw new Error(`Cannot put ${id} in`);
    return id;
  }

  nextId(): string {
    this.#orders += 1;
    return `${this.#prefix}-order-${this.#orders}`;
  }

  /** An honest payment of the dear price by card, unless a field says otherwise. */
  pay(orderId: string, fields: NewPayment = {}): PaymentRecord {
    const honest = { amount: DEAR, sandbox: false, userCode: LIVE_MERCHANT.userCode };
    return this.gateway.pay({ merchant_uid: orderId, ...honest, ...fields });
  }

  /** The page tells of a payment. */
  complete(payment: PaymentRecord | string, orderId: unknown, more: object = {}): Promise<Reply> {
    const imp_uid = typeof payment === "string" ? payment : payment.imp_uid;
    return this.send(JSON.stringify({ imp_uid, merchant_uid: orderId, ...more }));
  }

  /** The body as it is. */
  send(text: string, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    return this.target.post("/payments/complete", text, headers);
  }

  /** The gateway's notice. */
  notice(payment: PaymentRecord, orderId: string, status = "paid"): Promise<Reply> {
    const body = { imp_uid: payment.imp_uid, merchant_uid: orderId, status };
    return this.target.post("/webhooks/iamport", JSON.stringify(body));
  }

  read(orderId: string): Promise<ShownOrder> {
    return this.target.read(orderId);
  }

  /** Wrong when the order is in this state. */
  async wrongIf(orderId: string, ...states: readonly OrderState[]): Promise<string | undefined> {
    const { state } = await this.read(orderId);
    return states.includes(state) ? `the order is ${state}` : undefined;
  }

  /** Wrong when the order is in any other state. */
  async wrongUnless(orderId: string, ...states: readonly OrderState[]): Promise<string | undefined> {
    const { state } = await this.read(orderId);
    return states.includes(state) ? undefined : `the order is ${state}`;
  }

  /** The gateway's request lines that `act` causes. */
  async linesOf(act: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.gateway.requests.total;
    await act();
    const { entries, total } = this.gateway.requests;
    return entries.slice(entries.length - (total - before)).map(({ line }) => line);
  }

  /** How many text messages `act` causes. */
  async textsOf(act: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.target.texts().length;
    await act();
    return this.target.texts().slice(before);
  }
}
