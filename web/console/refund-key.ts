/**
 * The Idempotency-Key of one dialog's refund: sent again after a lost answer it is the same refund, also when the same sum is typed in
 * another way. Another sum is another intent.
 */
export function refundKey(intent: string, amount: string): string {
  return `${intent}:${amount === "all" ? amount : Number(amount)}`;
}
