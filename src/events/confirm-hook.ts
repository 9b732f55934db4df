export interface ConfirmQuestion {
  /** The same for the same payment, however often it is asked. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

export type ConfirmHookAnswer =
  /** Answered with 2xx. */
  | { readonly kind: "yes" }
  /** Answered with 409; in the shop's own words where it gave any: one line of plain text. */
  | { readonly kind: "no"; readonly words?: string }
  /** Any other answer, or none in time. `reason` is a fixed word. */
  | { readonly kind: "no_answer"; readonly reason: string };

/** Where the shop says whether it can deliver, before a payment is approved. Never throws for what the network or the shop does. */
export interface ConfirmHook extends AsyncDisposable {
  ask(question: ConfirmQuestion): Promise<ConfirmHookAnswer>;
  close(): Promise<void>;
}
