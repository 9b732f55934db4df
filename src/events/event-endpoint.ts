export interface OutgoingEvent {
  /** The same in every attempt: the shop knows a repeated event by it. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

export type SendEventResult =
  /** Answered with 2xx. */
  | { readonly kind: "taken"; readonly status: number }
  /** As many attempts as may be are under way: nothing was sent. */
  | { readonly kind: "busy" }
  /** No 2xx in time. It may have been processed all the same. `reason` is a fixed word, nothing of the answer but its status. */
  | { readonly kind: "not_taken"; readonly reason: string; readonly status?: number };

/** Where the shop takes events. Never throws for what the network or the shop does. */
export interface EventEndpoint extends AsyncDisposable {
  /** Whether a send now would be `busy`: to be asked before anything is done for it. */
  isBusy(): boolean;
  send(event: OutgoingEvent): Promise<SendEventResult>;
  close(): Promise<void>;
}
