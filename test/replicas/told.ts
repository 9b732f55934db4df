/** What the outside was told, or asked for: none of it may be lost, whoever is killed. */
export class Told {
  requests = 0;
  /** Of these, whose answer never came, or that were turned away. */
  unanswered = 0;
  /** Amounts of the orders that were answered 201 or 200. */
  readonly registered = new Map<string, number>();
  /** Who paid an order, as a buyer's page was told. */
  readonly paid = new Map<string, string>();
  /** Orders whose cancellation was answered. */
  readonly cancelled = new Set<string>();
  /** Webhooks of each payment: sent, and of these answered 200. */
  readonly hints = new Map<string, { sent: number; answered: number }>();
  /** Refunds that were answered 202, by their key. */
  readonly refunds = new Map<
    string,
    { readonly id: string; readonly orderId: string; readonly amount: number }
  >();
  /** How many refunds of each order were asked for, answered or not. */
  readonly wishes = new Map<string, number>();
  /** Orders whose payment nobody told of. */
  readonly silent: string[] = [];
  /** Orders of whose payment somebody told and was not answered: perhaps nobody heard it, and i'mport may not say it again. */
  readonly unheard = new Set<string>();
  /** Two answers that cannot both be true, or one that nobody may give. */
  readonly contradictions: string[] = [];

  pays(orderId: string, paymentId: string): void {
    const before = this.paid.get(orderId) ?? paymentId;
    if (before !== paymentId)
      this.contradictions.push(`${orderId} was paid by ${before} and by ${paymentId}`);
    this.paid.set(orderId, paymentId);
  }

  reads(
    orderId: string,
    { status, wasPaid, wasCancelled }: { status: string; wasPaid: boolean; wasCancelled: boolean },
  ): void {
    if (wasPaid && !/^(paid|partially_refunded|refunded)$/.test(status))
      this.contradictions.push(`${orderId} was answered as paid and is read as ${status}`);
    if (wasCancelled && status !== "cancelled")
      this.contradictions.push(`${orderId} was answered as cancelled and is read as ${status}`);
  }

  refund(
    key: string,
    refund: { readonly id: string; readonly orderId: string; readonly amount: number },
  ): void {
    const before = this.refunds.get(key)?.id ?? refund.id;
    if (before !== refund.id) this.contradictions.push(`${key} is refund ${before} and ${refund.id}`);
    this.refunds.set(key, refund);
  }

  wish(orderId: string): void {
    this.wishes.set(orderId, (this.wishes.get(orderId) ?? 0) + 1);
  }

  hint(paymentId: string): { sent: number; answered: number } {
    const counts = this.hints.get(paymentId) ?? { sent: 0, answered: 0 };
    this.hints.set(paymentId, counts);
    return counts;
  }
}
