import type { Clock } from "../clock.ts";
import type { Notice } from "../domain/notices.ts";
import type { PaymentSnapshot } from "../domain/payment.ts";
import type { Policy } from "../domain/policy.ts";
import type { PreparePolicy } from "../domain/preparation.ts";
import type { ConfirmHook } from "../events/confirm-hook.ts";
import type { EventEndpoint } from "../events/event-endpoint.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Log } from "../log.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { Store } from "../storage/store.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import type { HostProof } from "./host-proof.ts";
import type { OrderIds } from "./order-ids.ts";
import type { Passwords } from "./passwords.ts";
import type { RefundIds } from "./refund-ids.ts";
import type { ReturnAllowance } from "./return-allowance.ts";
import type { TextAllowance } from "./text-allowance.ts";

/** Everything outside that a use case may touch. */
export interface Deps {
  readonly store: Store;
  readonly gateway: Gateway;
  readonly notifier: Notifier;
  /** The notices that buyers get. */
  readonly notices: ReadonlySet<Notice>;
  readonly mayText: TextAllowance;
  /** Absent: money that fits no order never goes back by itself. */
  readonly mayReturn?: ReturnAllowance;
  /** Where the shop takes events; absent when it takes none. */
  readonly events?: EventEndpoint;
  /** Who at the shop is asked before a payment is approved; absent when nobody is. */
  readonly confirmHook?: ConfirmHook;
  /** Whether that endpoint took anything of late. */
  readonly endpointHealth: EndpointHealth;
  /** Whether `order.paid` waits until the gateway has shown the payment again, or goes out with the time of the last look. */
  readonly recheck: "required" | "best_effort";
  /** Whether the gateway is told of amounts before a window opens. */
  readonly prepare: PreparePolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly passwords: Passwords;
  readonly hostProof: HostProof;
  /** Of the operating system: for ids and secrets. */
  readonly randomBytes: (size: number) => Buffer;
  readonly orderIds: OrderIds;
  readonly refundIds: RefundIds;
  /**
   * What this server accepts, for one payment: the channel table is read again when it does not know the payment's
   * channel. Undefined while the table cannot be had: then nothing can be decided.
   */
  policyFor(payment: PaymentSnapshot): Promise<Policy | undefined>;
  /** How long `/payments/complete` may wait for the gateway. */
  readonly completeBudgetMs: number;
  /** How long an order stays payable when the shop names no pay_by. */
  readonly payWithinMs: number;
}
