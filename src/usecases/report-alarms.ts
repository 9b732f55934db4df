import type { Alarm } from "../domain/alarms.ts";
import type { Deps } from "./deps.ts";

/** Logs what a committed decision raised. */
export function reportAlarms(
  { log }: Deps,
  ids: { readonly orderId: string },
  alarms: readonly Alarm[],
): void {
  for (const { code, paymentId, refundId, reason } of alarms) {
    log.alarm(code, {
      merchant_uid: ids.orderId,
      code,
      ...(paymentId === undefined ? {} : { imp_uid: paymentId }),
      ...(refundId === undefined ? {} : { refund_id: refundId }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
