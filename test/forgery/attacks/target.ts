import type { Emulator } from "../../../src/emulator/emulator.ts";
import type { ManualClock } from "../../gateway/manual-clock.ts";

/** An order as the shop puts it in. */
export interface NewOrder {
  readonly id: string;
  readonly amount: number;
  /** Default: card and virtual account. */
  readonly payMethods?: readonly string[];
}

/** An answer, or that none ever came. */
export interface Reply {
  readonly status: number | "none";
  readonly text: string;
  /** `status` of the body, "" where there is none. */
  readonly word: string;
}

export type OrderState = "unknown" | "unpaid" | "account" | "paid" | "given back" | "other";

/** What the shop reads of an order. */
export interface ShownOrder {
  readonly state: OrderState;
  readonly paidBy: string | undefined;
  readonly text: string;
}

/** A server under attack: whatever takes orders and the two ids of a page, told by its own wire and nothing else. */
export interface Target extends AsyncDisposable {
  readonly name: "Dojang" | "the guide's way";
  readonly emulator: Emulator;
  /** The gateway's time, and the server's where it has one. */
  readonly clock: ManualClock;
  /** Parts that this server has beside `/payments/complete`. */
  readonly parts: readonly Part[];
  /** Whether the order was taken. */
  register(order: NewOrder): Promise<boolean>;
  read(orderId: string): Promise<ShownOrder>;
  /** Sends text as it is. */
  post(path: string, text: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** A call of the shop, with its key where there is one. */
  shop(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
  /** Text messages that left, so far. */
  texts(): readonly string[];
  /** Lets so much time pass, with all that the server does by itself in it. */
  pass(ms: number): Promise<void>;
  /** The shop asks once more before it ships, where the server offers that. */
  beforeShipping(orderId: string): Promise<void>;
}

/** What the guide leaves to the merchant. An attack on a part that is not there is neither open nor closed. */
export type Part = "webhook" | "confirm" | "refund" | "idempotency";
